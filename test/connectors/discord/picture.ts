import { ButtonStyle, ComponentType } from 'discord.js';

interface Part {
  type: ComponentType;
  content?: string;
  label?: string;
  style?: ButtonStyle;
  accent_color?: number;
  placeholder?: string;
  options?: { label: string; default?: boolean }[];
  default_values?: { id: string }[];
  components?: Part[];
}

/** A message of components, as the bot sent it, as a page that shows it much as Discord does. `names`: of ids. */
export function pictureOf(
  components: unknown,
  { names, language }: { names: ReadonlyMap<string, string>; language: string },
): string {
  const shown = (components as Part[]).map((part) => drawn(part, names)).join('');
  return `<!doctype html><html lang="${language}"><meta charset="utf-8"><style>${STYLE}</style><main>${shown}</main></html>`;
}

function drawn(part: Part, names: ReadonlyMap<string, string>): string {
  const inside = (part.components ?? []).map((each) => drawn(each, names)).join('');
  switch (part.type) {
    case ComponentType.Container: {
      const accent = `#${(part.accent_color ?? 0x4e_50_58).toString(16).padStart(6, '0')}`;
      return `<section style="border-inline-start-color:${accent}">${inside}</section>`;
    }
    case ComponentType.TextDisplay:
      return markup(part.content ?? '', names);
    case ComponentType.Separator:
      return '<hr>';
    case ComponentType.ActionRow:
      return `<div class="row">${inside}</div>`;
    case ComponentType.Button:
      return `<span dir="auto" class="button ${BUTTONS[part.style ?? ButtonStyle.Secondary] ?? ''}">${escaped(part.label ?? '')}</span>`;
    case ComponentType.StringSelect:
      return `<span dir="auto" class="select">${escaped(part.options?.find((each) => each.default)?.label ?? part.placeholder ?? '')}</span>`;
    case ComponentType.ChannelSelect:
      return `<span dir="auto" class="select"># ${escaped(names.get(part.default_values?.[0]?.id ?? '') ?? '…')}</span>`;
    default:
      throw new Error(`nothing draws a component of type ${String(part.type)}`);
  }
}

const BUTTONS: Readonly<Partial<Record<ButtonStyle, string>>> = {
  [ButtonStyle.Primary]: 'primary',
  [ButtonStyle.Success]: 'success',
  [ButtonStyle.Danger]: 'danger',
  [ButtonStyle.Link]: 'link',
};

/** Discord's Markdown, as far as the bot uses it: headings, small print, quotations, bold, code, mentions. */
function markup(content: string, names: ReadonlyMap<string, string>): string {
  return content
    .split('\n')
    .map((line) => {
      const [, mark = '', rest = ''] = /^(#{2,3} |-# |> )?([\s\S]*)$/.exec(line) ?? [];
      const kind = { '## ': 'h2', '### ': 'h3', '-# ': 'small', '> ': 'blockquote' }[mark] ?? 'p';
      return `<${kind} dir="auto">${spans(rest, names)}</${kind}>`;
    })
    .join('');
}

function spans(line: string, names: ReadonlyMap<string, string>): string {
  // A backslash keeps the next character as it is: hidden here until all marks are drawn.
  const kept = line.replaceAll(/\\([^\p{L}\p{N}\s])/gu, (_, sign: string) => `\u{e000}${sign.codePointAt(0)}\u{e001}`);
  return escaped(kept)
    .replaceAll(/&lt;(@&amp;|@|#)(\d+)&gt;/g, (_, sign: string, id: string) => {
      const name = escaped(names.get(id) ?? id);
      return `<bdi class="mention">${sign === '#' ? '#' : '@'}${name}</bdi>`;
    })
    .replaceAll(/\*\*(.+?)\*\*/g, '<strong>$1</strong>')
    .replaceAll(/`([^`]+)`/g, '<code>$1</code>')
    .replaceAll(/\u{e000}(\d+)\u{e001}/gu, (_, code: string) => escaped(String.fromCodePoint(Number(code))));
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

const STYLE = `
  body { margin: 0; background: #313338; color: #dbdee1; font: 15px/1.35 'Noto Sans', 'DejaVu Sans', sans-serif; }
  main { inline-size: 560px; padding: 16px; }
  section { background: #2b2d31; border: 1px solid #3f4147; border-inline-start: 4px solid; border-radius: 8px; padding: 12px 16px; }
  h2, h3, p, small, blockquote { display: block; margin: 2px 0; unicode-bidi: plaintext; }
  h2 { font-size: 20px; } h3 { font-size: 17px; }
  small { font-size: 12px; color: #949ba4; }
  blockquote { border-inline-start: 4px solid #4e5058; padding-inline-start: 10px; margin-block: 6px; }
  hr { border: 0; border-block-start: 1px solid #3f4147; margin: 10px 0; }
  .row { display: flex; flex-wrap: wrap; gap: 8px; margin-block: 6px; }
  .button { background: #4e5058; color: #fff; border-radius: 4px; padding: 6px 14px; font-size: 14px; }
  .primary { background: #5865f2; } .success { background: #248046; } .danger { background: #da373c; }
  .link::after { content: ' ↗'; }
  .select { background: #1e1f22; border-radius: 4px; padding: 8px 12px; inline-size: 400px; }
  .mention { background: #3c4270; color: #c9cdfb; border-radius: 3px; padding: 0 2px; }
  code { background: #1e1f22; border-radius: 3px; padding: 0 3px; }
`;
