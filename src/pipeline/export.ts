import type { ExportRequest } from '../domain/insight.ts';
import { EXPORT_FORMATS, EXPORTS } from '../domain/insight.ts';
import type { CommunityAddress } from '../domain/message.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import { findCommunity } from '../store/channels.ts';
import type { Database } from '../store/database.ts';
import { EXPORT_COLUMNS, findExportRows } from '../store/export-rows.ts';
import type { ExportRow } from '../store/export-rows.ts';

/** Rows of one piece: a file of any size needs no more memory than these. */
const PIECE_ROWS = 500;

/** A file of ids, scores, answers and times, piece by piece; never a text. Throws `input` for a kind that there is not. */
export async function* exportRows(
  { database: { handle } }: { database: Database },
  community: CommunityAddress,
  { what, format, since }: ExportRequest,
): AsyncGenerator<string> {
  if (!EXPORTS.includes(what) || !EXPORT_FORMATS.includes(format)) {
    throw new EvenkeelError('input', `There is no export of ${what} as ${format}`, {
      hint: `Give one of ${EXPORTS.join(', ')}, as ${EXPORT_FORMATS.join(' or ')}.`,
    });
  }
  const columns = EXPORT_COLUMNS[what];
  if (format === 'csv') yield `${columns.join(',')}\r\n`;
  const communityId = await findCommunity(handle, community);
  if (communityId === null) return;
  let after = '';
  for (;;) {
    const rows = await findExportRows(handle, communityId, { what, since }, { after, limit: PIECE_ROWS });
    if (rows.length === 0) return;
    after = rows.at(-1)!.key;
    const lines = rows.map((row) => (format === 'csv' ? csvLine(row, columns) : jsonLine(row, columns)));
    yield lines.join('');
  }
}

function jsonLine(row: ExportRow, columns: readonly string[]): string {
  return `${JSON.stringify(Object.fromEntries(columns.map((column) => [column, row[column]])))}\n`;
}

/** RFC 4180. What a spreadsheet would run as a formula gets an apostrophe, as OWASP advises. */
function csvLine(row: ExportRow, columns: readonly string[]): string {
  const cells = columns.map((column) => {
    const value = row[column] ?? '';
    const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  });
  return `${cells.join(',')}\r\n`;
}
