import { ButtonStyle, ComponentType, MessageFlags, SeparatorSpacingSize } from 'discord.js';
import type {
  APIAllowedMentions,
  APIButtonComponent,
  APIComponentInContainer,
  APIMessageTopLevelComponent,
} from 'discord.js';

/** Discord's limits of a message of components: developers/components/reference. */
const TEXT_LIMIT = 4000;
const LABEL_LIMIT = 80;
const ROW_LIMIT = 5;

/** A message as Discord takes it, made of components alone. It pings no one but the roles that it names. */
export interface Layout {
  flags: MessageFlags.IsComponentsV2;
  allowed_mentions: APIAllowedMentions;
  components: APIMessageTopLevelComponent[];
}

export function layout(components: APIMessageTopLevelComponent[], roles: string[] = []): Layout {
  const allowed_mentions = { parse: [], ...(roles.length > 0 && { roles }) };
  return { flags: MessageFlags.IsComponentsV2, allowed_mentions, components };
}

/** Lines of text and rows of buttons under them. Text beyond what a message takes is cut. */
export function page(lines: readonly string[], ...buttons: APIButtonComponent[]): Layout {
  const whole = lines.filter((line) => line !== '').join('\n');
  const cut = whole.length > TEXT_LIMIT ? `${whole.slice(0, TEXT_LIMIT - 1)}…` : whole;
  return layout([textOf(cut === '' ? '…' : cut), ...rowsOf(buttons)]);
}

export function box(accent: number, ...parts: (APIComponentInContainer | null)[]): APIMessageTopLevelComponent {
  return { type: ComponentType.Container, accent_color: accent, components: parts.filter((part) => part !== null) };
}

export function textOf(content: string): { type: ComponentType.TextDisplay; content: string } {
  return { type: ComponentType.TextDisplay, content };
}

export function rule(): APIComponentInContainer {
  return { type: ComponentType.Separator, divider: true, spacing: SeparatorSpacingSize.Small };
}

export function rowsOf(
  buttons: readonly (APIButtonComponent | null)[],
): { type: ComponentType.ActionRow; components: APIButtonComponent[] }[] {
  const kept = buttons.filter((each) => each !== null);
  const rows = [];
  for (let at = 0; at < kept.length; at += ROW_LIMIT) {
    rows.push({ type: ComponentType.ActionRow as const, components: kept.slice(at, at + ROW_LIMIT) });
  }
  return rows;
}

export function button(
  custom_id: string,
  label: string,
  style: Exclude<ButtonStyle, ButtonStyle.Link | ButtonStyle.Premium> = ButtonStyle.Secondary,
): APIButtonComponent {
  return { type: ComponentType.Button, style, custom_id, label: label.slice(0, LABEL_LIMIT) };
}

export function linkButton(url: string, label: string): APIButtonComponent {
  return { type: ComponentType.Button, style: ButtonStyle.Link, url, label: label.slice(0, LABEL_LIMIT) };
}
