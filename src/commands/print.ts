import { once } from 'node:events';
import { messageOf, toEvenkeelError } from '../runtime/errors.ts';

/** Prints one line on standard output and waits while the reader is behind. Rejects once the reader has gone. */
export async function printLine(text: string): Promise<void> {
  if (!process.stdout.write(`${text}\n`)) await once(process.stdout, 'drain');
}

export function printJson(value: unknown): Promise<void> {
  return printLine(JSON.stringify(value));
}

/** Columns under each other, two spaces apart; every row as long as the first. */
export function printTable(rows: readonly (readonly string[])[]): Promise<void> {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  const pad = (cell: string, column: number): string => cell + ' '.repeat(widths[column]! - cell.length);
  return printLine(rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n'));
}

/** Something to know, on standard error: standard output is for what was asked. */
export function printNote(note: string): void {
  process.stderr.write(`${note}\n`);
}

/** An error on standard error: message and hint, or one JSON object. */
export function printError(thrown: unknown, asJson: boolean): void {
  const { code, message, hint, stack } = toEvenkeelError(thrown);
  if (asJson) {
    process.stderr.write(`${JSON.stringify({ error: { code, message, hint } })}\n`);
    return;
  }
  process.stderr.write(`error: ${message}\n  hint: ${hint}\n`);
  if (process.env['LOG_LEVEL'] === 'debug') process.stderr.write(`${stack}\n${causes(thrown)}`);
}

function causes(thrown: unknown): string {
  const cause = thrown instanceof Error ? thrown.cause : undefined;
  if (cause === undefined) return '';
  return `caused by: ${cause instanceof Error ? cause.stack : messageOf(cause)}\n${causes(cause)}`;
}
