export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];
export type LogFormat = 'text' | 'json';

/** What a line may carry besides its event: ids, counts, durations. Never the text of a message, never a secret. */
export type LogFields = Record<string, string | number | boolean | null | undefined>;

/** `event` is a short fixed sentence ("verdicts stored"); what varies goes into `fields`. */
export interface Logger {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
  /** The same log under a part's name. */
  named(part: string): Logger;
}

export interface LogOptions {
  level: LogLevel;
  format: LogFormat;
  /** Takes one line, its newline included. Default: standard error. */
  write?: (line: string) => void;
  now?: () => Date;
}

/** A second net under the rule above: fields of these names are never written. */
const WITHHELD = /^(text|content|body|token|key|secret|password|authorization|cookie)$/i;

/** A log on standard error: one line of text an event, or one JSON object where machines read it. */
export function createLogger(options: LogOptions): Logger {
  const write = options.write ?? ((line: string): void => void process.stderr.write(line));
  const now = options.now ?? ((): Date => new Date());
  const least = LOG_LEVELS.indexOf(options.level);
  const render = options.format === 'json' ? renderJson : renderText;

  function named(part: string): Logger {
    const at =
      (level: LogLevel) =>
      (event: string, fields: LogFields = {}): void => {
        if (LOG_LEVELS.indexOf(level) >= least) write(render(now(), level, part, event, withhold(fields)));
      };
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error'), named };
  }
  return named('');
}

function withhold(fields: LogFields): [string, string | number | boolean | null][] {
  const kept: [string, string | number | boolean | null][] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) kept.push([name, WITHHELD.test(name) ? '[withheld]' : value]);
  }
  return kept;
}

type Render = (at: Date, level: LogLevel, part: string, event: string, fields: ReturnType<typeof withhold>) => string;

const renderJson: Render = (at, level, part, event, fields) => {
  const line = { time: at.toISOString(), level, ...(part && { part }), event, ...Object.fromEntries(fields) };
  return `${JSON.stringify(line)}\n`;
};

const renderText: Render = (at, level, part, event, fields) => {
  const time = at.toISOString().slice(11, 19);
  const rest = fields.map(([name, value]) => ` ${name}=${quote(String(value))}`).join('');
  return `${time} ${level.padEnd(5)} ${part && `${part}: `}${quoteBreaks(event)}${rest}\n`;
};

/** Quoted where a value would otherwise look like two, so that one event stays one line. */
function quote(value: string): string {
  return /^[^\s"=]+$/.test(value) ? value : JSON.stringify(value);
}

function quoteBreaks(event: string): string {
  return event.replaceAll(/[\r\n]+/g, ' ');
}

/** A log that keeps nothing: the default of tests and of commands that only print results. */
export const SILENT: Logger = createLogger({ level: 'error', format: 'text', write: () => {} });
