import type { types } from '@slack/bolt';
import { customId, parseCustomId } from '../custom-id.ts';
import type { Action, CustomId } from '../custom-id.ts';
import { literal } from './mrkdwn.ts';

/** Slack's limits: docs.slack.dev/reference/block-kit, per block and element. */
export const LIMITS = {
  messageBlocks: 50,
  viewBlocks: 100,
  section: 3000,
  header: 150,
  buttonText: 75,
  buttonValue: 2000,
  actions: 25,
  viewTitle: 24,
  privateMetadata: 3000,
  options: 100,
  optionText: 75,
  label: 2000,
} as const;

/** Buttons in one row of ours: as many as a narrow screen shows without breaking names apart. */
const ROW = 5;

function cut(text: string, limit: number): string {
  if (text.length <= limit) return text;
  let kept = '';
  for (const character of text) {
    if (kept.length + character.length > limit - 1) break;
    kept += character;
  }
  return `${kept}…`;
}

export function plain(text: string, limit: number): types.PlainTextElement {
  return { type: 'plain_text', text: cut(text === '' ? '…' : text, limit), emoji: true };
}

/** Lines of ours. Nothing in them becomes a link but what is one already. */
export function section(...lines: string[]): types.SectionBlock {
  return { type: 'section', text: { type: 'mrkdwn', text: cutMarkup(joined(lines), LIMITS.section), verbatim: true } };
}

/** Smaller than a section. */
export function context(...lines: string[]): types.ContextBlock {
  const text = cutMarkup(joined(lines), LIMITS.section);
  return { type: 'context', elements: [{ type: 'mrkdwn', text, verbatim: true }] };
}

export function header(text: string): types.KnownBlock {
  return { type: 'header', text: plain(text, LIMITS.header) };
}

export function divider(): types.KnownBlock {
  return { type: 'divider' };
}

/** Someone's words, literally, as a quotation. Bold pieces stand out. */
export function quotation(...pieces: { text: string; bold?: boolean }[]): types.RichTextBlock {
  const elements = pieces
    .filter(({ text }) => text !== '')
    .map(({ text, bold = false }) => ({
      type: 'text' as const,
      text: literal(text),
      ...(bold && { style: { bold: true } }),
    }));
  return { type: 'rich_text', elements: [{ type: 'rich_text_quote', elements }] };
}

/** Letters of one width, for pictures drawn in text. */
export function drawing(text: string): types.RichTextBlock {
  return { type: 'rich_text', elements: [{ type: 'rich_text_preformatted', elements: [{ type: 'text', text }] }] };
}

/** Rows of buttons; nothing where there is none. */
export function rowsOf(buttons: readonly (types.Button | null)[]): types.ActionsBlock[] {
  const kept = buttons.filter((each) => each !== null);
  const rows: types.ActionsBlock[] = [];
  for (let at = 0; at < kept.length; at += ROW) rows.push({ type: 'actions', elements: kept.slice(at, at + ROW) });
  return rows;
}

/** Buttons of one row that differ only in what they are about: names in a row have to differ. */
const NAMED: ReadonlySet<Action> = new Set<Action>(['privacy', 'settings']);

/** A button whose value is the ids that it is about, and nothing else. */
export function button(
  action: Action,
  ids: readonly string[],
  label: string,
  style?: 'primary' | 'danger',
): types.Button {
  const named = NAMED.has(action);
  return {
    type: 'button',
    action_id: named ? customId(action, ...ids) : actionId(action),
    text: plain(label, LIMITS.buttonText),
    ...(!named && ids.length > 0 && { value: ids.join(':') }),
    ...(style !== undefined && { style }),
  };
}

/** The name of a link's click, about which there is nothing to do. */
export const LINK = 'v1:link';

export function linkButton(url: string, label: string): types.Button {
  return { type: 'button', action_id: LINK, text: plain(label, LIMITS.buttonText), url };
}

export function actionId(action: Action): string {
  return customId(action);
}

/** What a click asks for; null for what we did not make. */
export function actionOf({ action_id, value }: { action_id: string; value?: string }): CustomId | null {
  return parseCustomId(value === undefined || value === '' ? action_id : `${action_id}:${value}`);
}

/** Lines as a message of their own, with buttons under them. */
export function page(lines: readonly string[], ...buttons: types.Button[]): types.KnownBlock[] {
  const kept = lines.filter((line) => line !== '');
  return [...paragraphs(kept.length === 0 ? ['…'] : kept), ...rowsOf(buttons)];
}

/** As few sections as the lines fit into, each line whole. */
function paragraphs(lines: readonly string[]): types.SectionBlock[] {
  const texts: string[] = [];
  for (const line of lines) {
    const last = texts.at(-1);
    if (last !== undefined && last.length + line.length + 1 <= LIMITS.section)
      texts[texts.length - 1] = `${last}\n${line}`;
    else texts.push(line);
  }
  return texts.slice(0, 20).map((text) => section(text));
}

function joined(lines: readonly string[]): string {
  const whole = lines.filter((line) => line !== '').join('\n');
  return whole === '' ? '…' : whole;
}

/** Cuts where no mention and no escape is broken in two. */
function cutMarkup(text: string, limit: number): string {
  if (text.length <= limit) return text;
  return `${cut(text, limit)
    .slice(0, -1)
    .replace(/[<&][^<>&;]*$/, '')}…`;
}
