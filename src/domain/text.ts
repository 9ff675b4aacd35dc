/**
 * What the model reads of a post. Trainer and classifier both go through `readable`, so a post is scored in the form
 * that its like was trained in: links as `@URL`, handles as `@USER` (as POLAR's publishers and our corpus mask them).
 */

/** A link with a scheme or `www.`; ASCII, as scripts without spaces follow it directly; no closing punctuation at its end. */
const LINK = /(?<![a-z0-9])(?:https?:\/\/|www\.)[!#-;=?-{}~]*[a-z0-9_#$%&*+\-/=@~]/giu;

/** `@name`, `@name@server` and the raw mentions of Discord and Slack; never inside an e-mail address. */
const HANDLE =
  /<@(?!URL\b|USER\b)[!&]?[\dA-Z]+(?:\|[^<>]*)?>|(?<![\p{L}\p{M}\p{N}_.@/])@(?!URL\b|USER\b)[\p{L}\p{N}_](?:[\p{L}\p{M}\p{N}_.@-]*[\p{L}\p{M}\p{N}_])?/gu;

/** Combining marks of no script of their own: no orthography stacks four of them on one letter, zalgo does. */
const STACKED_MARKS = /[\p{M}&&\p{Script=Inherited}]{4,}/gv;

export function maskLinksAndHandles(text: string): string {
  return text.replace(LINK, '@URL').replace(HANDLE, '@USER');
}

/** Without NUL, lone surrogates (each becomes U+FFFD, which BERT drops) and zalgo. Ordinary text stays as it is. */
export function clean(text: string): string {
  return text.toWellFormed().replaceAll('\0', '').replace(STACKED_MARKS, '');
}

/** A post as the model reads it. */
export function readable(text: string): string {
  return maskLinksAndHandles(clean(text));
}

/** Masked links and handles, emoji (keycaps and a platform's own included): what carries no words. */
const WORDLESS = /@(?:URL|USER)\b|<a?:\w+:\d+>|:[a-z0-9_+-]+:|[0-9#*]\uFE0F?\u20E3/giu;

/** Whether a `readable` text holds a letter or a digit apart from links, handles and emoji. */
export function hasWords(text: string): boolean {
  return /[\p{L}\p{N}]/u.test(text.replace(WORDLESS, ' '));
}
