/**
 * What went wrong, for programs: the `code` of an `--json` error and of a log line.
 * `usage`: the command line; `config`: an environment variable or flag; `input`: a file or line that someone handed in;
 * `model`: files of a base or an adapter; `device`: an execution provider; `too-large`: a run that its device has no memory
 * for or that keeps ending its thread, where less at once may work; `database`: cannot be reached or refuses;
 * `data-dir`: the data folder is unwritable, locked or from a newer version; `port`: cannot be listened on;
 * `network`: something outside this machine; `stopped`: asked of something that is stopping; `internal`: a bug of ours.
 */
export type ErrorCode =
  | 'usage'
  | 'config'
  | 'input'
  | 'model'
  | 'device'
  | 'too-large'
  | 'database'
  | 'data-dir'
  | 'port'
  | 'network'
  | 'stopped'
  | 'internal';

/** An error that a person reads: the message says what is wrong, the hint what to do next. */
export class EvenkeelError extends Error {
  override name = 'EvenkeelError';
  readonly code: ErrorCode;
  /** A sentence: what to do next. */
  readonly hint: string;

  constructor(code: ErrorCode, message: string, options: { hint: string; cause?: unknown }) {
    super(message, { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
  }
}

/**
 * The message of anything thrown. Of a statement that failed it is the database's own: drizzle's repeats the statement with
 * its parameters, which are people's ids and words.
 */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error && thrown.message.startsWith('Failed query:')) {
    return thrown.cause === undefined ? 'a statement failed' : messageOf(thrown.cause);
  }
  if (thrown instanceof AggregateError && thrown.message === '') return thrown.errors.map(messageOf).join('; ');
  if (typeof thrown === 'object' && thrown !== null && 'message' in thrown) return String(thrown.message);
  return String(thrown);
}

/** What the language itself throws: its message may quote the value at fault, which may be someone's words. */
const OF_THE_LANGUAGE = new Set(['TypeError', 'SyntaxError', 'RangeError', 'ReferenceError', 'URIError']);

/** As `messageOf`, for a log of what strangers send: of a mistake of ours its kind and its place, and no value. */
export function reasonOf(thrown: unknown): string {
  if (!(thrown instanceof Error) || !OF_THE_LANGUAGE.has(thrown.name)) return messageOf(thrown);
  const place = placesOf(thrown).find((each) => /:\d+:\d+/.test(each));
  return `${thrown.name} ${place ?? ''}`.trim();
}

/** Where an error was thrown, line by line, without its message. */
export function placesOf({ stack = '' }: Error): string[] {
  return stack.split('\n').flatMap((line) => (/^ {4}at /.test(line) ? [line.trim()] : []));
}

/** Anything thrown as an error with a hint, so that the edges print one shape. */
export function toEvenkeelError(thrown: unknown): EvenkeelError {
  if (thrown instanceof EvenkeelError) return thrown;
  return new EvenkeelError('internal', messageOf(thrown), {
    hint: 'This is a bug of Evenkeel. Run again with LOG_LEVEL=debug for the stack, and report it.',
    cause: thrown,
  });
}
