import { isolated } from '../../words/words.ts';

/** The three characters that Slack gives a meaning wherever it reads text: docs.slack.dev/messaging/formatting-message-text. */
const CONTROL = { '&': '&amp;', '<': '&lt;', '>': '&gt;' } as const;

/** What opens and closes emphasis, strikes and code. */
const EMPHASIS = /[*_~`]/g;

/** A text that pings no one, links nowhere and names no channel, whatever it contains. */
export function escaped(text: string): string {
  return text.replace(/[&<>]/g, (sign) => CONTROL[sign as keyof typeof CONTROL]);
}

/** Someone's words inside a line of ours: on one line, escaped, without emphasis, in their own direction. */
export function inline(text: string): string {
  // A space of no width: Slack begins no emphasis before a space, nor ends one after it.
  const plain = text.replaceAll(/\s+/g, ' ').trim().replace(EMPHASIS, '\uFEFF$&\uFEFF');
  return isolated(escaped(plain));
}

/** Someone's words where Slack reads no markup at all (rich text): a joiner keeps `<` from opening anything all the same. */
export function literal(text: string): string {
  return text.replaceAll('<', '<\u2060');
}

const USER = /^[UW][A-Z0-9]{2,}$/;
const CHANNEL = /^[CGD][A-Z0-9]{2,}$/;
const GROUP = /^S[A-Z0-9]{2,}$/;

export const isUserId = (text: string): boolean => USER.test(text);
export const isChannelId = (text: string): boolean => CHANNEL.test(text);
export const isGroupId = (text: string): boolean => GROUP.test(text);

/** Ids as Slack shows their names, each in the reader's own app. */
export const mention = {
  user: (id: string): string => (isUserId(id) ? `<@${id}>` : inline(id)),
  channel: (id: string): string => (isChannelId(id) ? `<#${id}>` : inline(id)),
  /** Of a user group. It pings: only a card that means to does so outside of what one person sees. */
  role: (id: string): string => (isGroupId(id) ? `<!subteam^${id}>` : inline(id)),
};
