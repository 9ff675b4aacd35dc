import { ApplicationCommandOptionType as Type, ChannelType } from 'discord.js';
import { anything, distinct, either, flag, list, nullable, number, shaped, text, whole } from './shape.ts';
import type { Check, Shape } from './shape.ts';

const names: Record<string, Check> = { type: anything, name: text(1, 32), description: text(1, 100) };
const maps: Record<string, Check> = { name_localizations: anything, description_localizations: anything };
const value = { ...maps, required: flag };
const choices = (check: Check): Check =>
  distinct(
    1,
    25,
    shaped({ required: { name: text(1, 100), value: check }, optional: { name_localizations: anything } }),
  );

/** Options of a command by their type, field by field: developers/interactions/application-commands. */
export const OPTION_SHAPES: Readonly<Record<number, Shape>> = {
  [Type.SubcommandGroup]: { required: names, optional: { ...maps, options: list(1, 25, anything) } },
  [Type.Subcommand]: { required: names, optional: { ...maps, options: list(0, 25, anything) } },
  [Type.String]: {
    required: names,
    optional: {
      ...value,
      autocomplete: flag,
      min_length: whole(0, 6000),
      max_length: whole(1, 6000),
      choices: choices(text(1, 100)),
    },
  },
  [Type.Integer]: {
    required: names,
    optional: {
      ...value,
      autocomplete: flag,
      min_value: whole(-(2 ** 53), 2 ** 53),
      max_value: whole(-(2 ** 53), 2 ** 53),
    },
  },
  [Type.Number]: {
    required: names,
    optional: { ...value, autocomplete: flag, min_value: number, max_value: number, choices: choices(number) },
  },
  [Type.Boolean]: { required: names, optional: value },
  [Type.User]: { required: names, optional: value },
  [Type.Role]: { required: names, optional: value },
  [Type.Channel]: {
    required: names,
    optional: { ...value, channel_types: distinct(1, 25, either(...Object.values(ChannelType))) },
  },
};

const COMMON: Record<string, Check> = {
  name_localizations: anything,
  // A whole number in Discord's OpenAPI document, a string of one in its pages; it takes both.
  default_member_permissions: nullable(whole(0, Number.MAX_SAFE_INTEGER)),
  contexts: distinct(1, 3, either(0, 1, 2)),
  integration_types: distinct(1, 2, either(0, 1)),
};

/** A slash command, and an entry of a message's menu, which has neither description nor options. */
export const COMMAND_SHAPES = {
  chat: {
    required: names,
    optional: { ...COMMON, description_localizations: anything, options: list(0, 25, anything) },
  },
  menu: { required: { type: anything, name: text(1, 32) }, optional: COMMON },
} satisfies Record<string, Shape>;
