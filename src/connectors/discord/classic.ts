import { ComponentType, MessageFlags } from 'discord.js';
import type { APIEmbed, APIMessageTopLevelComponent } from 'discord.js';
import type { Layout } from './layout.ts';

/** Of an embed's description. */
const TEXT_LIMIT = 4096;

/** What a request carries that holds a message of components: the message, or a response to an interaction around it. */
type Body = Partial<Layout> & { data?: Partial<Layout> };

/** Whether a request's body is a message of components of the second version, or holds one. */
export function isLaidOut(body: unknown): boolean {
  const { flags, data } = (body ?? {}) as Body;
  return ((flags ?? data?.flags ?? 0) & MessageFlags.IsComponentsV2) !== 0;
}

/** The same message as older servers take it: an embed with the texts, and the rows of buttons under it. */
export function inClassic(body: unknown): unknown {
  const { data, ...given } = body as Body;
  if (data !== undefined) return { ...given, data: inClassic(data) };
  const { components = [], flags = 0, ...rest } = given;
  const found: Found = { lines: [], rows: [] };
  for (const each of components) collect(each, found);
  const embed: APIEmbed = { description: found.lines.join('\n').slice(0, TEXT_LIMIT) };
  if (found.accent !== undefined) embed.color = found.accent;
  const pinged = (rest.allowed_mentions?.roles ?? []).map((role) => `<@&${role}>`).join(' ');
  return {
    ...rest,
    ...(pinged !== '' && { content: pinged }),
    flags: flags & ~MessageFlags.IsComponentsV2,
    embeds: [embed],
    components: found.rows,
  };
}

interface Found {
  lines: string[];
  rows: APIMessageTopLevelComponent[];
  accent?: number;
}

function collect(component: APIMessageTopLevelComponent, found: Found): void {
  switch (component.type) {
    case ComponentType.TextDisplay:
      found.lines.push(component.content);
      break;
    case ComponentType.ActionRow:
      found.rows.push(component);
      break;
    case ComponentType.Container:
      found.accent ??= component.accent_color ?? undefined;
      for (const each of component.components) collect(each, found);
      break;
    default:
  }
}
