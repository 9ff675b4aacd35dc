import { isolated } from '../../words/words.ts';

/** All that Discord gives a meaning: emphasis, spoilers, code, links, mentions, emoji, headings, lists, quotes. */
const MARKUP = /[\\*_~`|<>[\]()@#:\-+]/g;
/** `1.` at the beginning of a line begins a list. */
const NUMBERED = /^(\s*\d+)\./gm;

/** A text that shows as it was written, whatever it contains: no link, no mention, no heading. */
export function escapeMarkdown(text: string): string {
  return text.replace(MARKUP, String.raw`\$&`).replace(NUMBERED, String.raw`$1\.`);
}

/** Someone's words inside a line of ours: on one line, escaped, in their own direction. */
export function inline(text: string): string {
  return isolated(escapeMarkdown(text.replaceAll(/\s+/g, ' ').trim()));
}

/** Someone's words as a quotation; `text` is escaped already. Every line is marked, so that none stands outside. */
export function quotation(text: string): string {
  return text
    .split(/\r\n|[\n\r\u2028\u2029]/)
    .map((line) => `> ${line}`)
    .join('\n');
}

const SNOWFLAKE = /^\d{15,21}$/;

/** Ids as Discord shows their names; nobody is pinged, as no message of ours allows mentions. */
export const mention = {
  user: (id: string): string => (SNOWFLAKE.test(id) ? `<@${id}>` : inline(id)),
  channel: (id: string): string => (SNOWFLAKE.test(id) ? `<#${id}>` : inline(id)),
  role: (id: string): string => (SNOWFLAKE.test(id) ? `<@&${id}>` : inline(id)),
};
