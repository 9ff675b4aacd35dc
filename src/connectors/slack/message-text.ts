/** A part of a block, before anything is known of it. */
type Part = Record<string, unknown>;

/** Parts of rich text that end a line. */
const LINES = new Set(['rich_text_section', 'rich_text_preformatted', 'rich_text_quote', 'rich_text_list']);

/** What Slack writes as entities in a message's `text`. */
export function unescaped(text: string): string {
  return text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&amp;', '&');
}

/**
 * What members read of a message's blocks, in order; empty where there is nothing to read. Mentions stay as Slack writes
 * them (`<@U1>`).
 */
export function textOfBlocks(blocks: unknown): string {
  return partsOf(blocks)
    .map((block) => textOfBlock(block))
    .filter((text) => text !== '')
    .join('\n');
}

function textOfBlock(block: Part): string {
  switch (block['type']) {
    case 'rich_text':
      return richText(block['elements']);
    case 'section':
      return [block['text'], ...partsOf(block['fields'])].map(textObject).filter(Boolean).join('\n');
    case 'header':
      return textObject(block['text']);
    case 'context':
      return partsOf(block['elements']).map(textObject).filter(Boolean).join(' ');
    case 'markdown':
      return stringOf(block['text']);
    case 'image':
      return [textObject(block['title']), stringOf(block['alt_text'])].filter(Boolean).join('\n');
    default:
      return '';
  }
}

function richText(elements: unknown): string {
  return partsOf(elements)
    .map((element) =>
      element['type'] === 'rich_text_list' ? richText(element['elements']) : inline(element['elements']),
    )
    .join('\n');
}

function inline(elements: unknown): string {
  return partsOf(elements)
    .map((part) => {
      switch (part['type']) {
        case 'text':
          return stringOf(part['text']);
        case 'link':
          return stringOf(part['text']) || stringOf(part['url']);
        case 'user':
          return `<@${stringOf(part['user_id'])}>`;
        case 'usergroup':
          return `<!subteam^${stringOf(part['usergroup_id'])}>`;
        case 'channel':
          return `<#${stringOf(part['channel_id'])}>`;
        case 'broadcast':
          return `<!${stringOf(part['range'])}>`;
        case 'emoji':
          return emojiOf(part);
        case 'date':
          return stringOf(part['fallback']);
        default:
          return LINES.has(stringOf(part['type'])) ? inline(part['elements']) : '';
      }
    })
    .join('');
}

/** The character itself where it is one of Unicode's (`1f44d-1f3fd`), else its name. */
function emojiOf({ name, unicode }: Part): string {
  const codes = stringOf(unicode)
    .split('-')
    .map((code) => Number.parseInt(code, 16));
  const known = codes.every((code) => code > 0 && code <= 0x10_ff_ff);
  return known ? String.fromCodePoint(...codes) : `:${stringOf(name)}:`;
}

function textObject(value: unknown): string {
  if (typeof value !== 'object' || value === null) return '';
  const { type, text } = value as Part;
  return type === 'mrkdwn' ? unescaped(stringOf(text)) : type === 'plain_text' ? stringOf(text) : '';
}

function partsOf(value: unknown): Part[] {
  const parts: unknown[] = Array.isArray(value) ? value : [];
  return parts.filter((part): part is Part => typeof part === 'object' && part !== null);
}

function stringOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
