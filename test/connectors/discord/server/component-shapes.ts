import { ChannelType, ComponentType, SeparatorSpacingSize, TextInputStyle } from 'discord.js';
import type { ButtonStyle } from 'discord.js';
import { anything, distinct, either, flag, list, nullable, shaped, snowflake, text, whole } from './shape.ts';
import type { Check, Shape } from './shape.ts';

const customId = text(1, 100);
const id: Record<string, Check> = { id: whole(0, 2_147_483_647) };
const emoji = shaped({ optional: { id: nullable(snowflake), name: nullable(text(1, 100)), animated: flag } });
const option: Shape = {
  required: { label: text(1, 100), value: text(1, 100) },
  optional: { description: text(1, 100), default: flag },
};
const SELECT = {
  ...id,
  placeholder: text(1, 150),
  min_values: whole(0, 25),
  max_values: whole(1, 25),
  disabled: flag,
};

/** Components of messages, field by field: developers/components/reference, as far as the bot uses them. */
export const MESSAGE_COMPONENTS: Readonly<Record<number, Shape>> = {
  [ComponentType.ActionRow]: { required: { type: anything, components: list(1, 5, anything) }, optional: id },
  [ComponentType.Button]: {
    required: { type: anything, style: either(...([1, 2, 3, 4, 5] satisfies ButtonStyle[])) },
    optional: { ...id, custom_id: customId, label: text(1, 80), disabled: flag, url: text(1, 512), emoji },
  },
  [ComponentType.StringSelect]: {
    required: {
      type: anything,
      custom_id: customId,
      options: distinct(1, 25, shaped({ ...option, optional: { ...option.optional, emoji } })),
    },
    optional: SELECT,
  },
  [ComponentType.ChannelSelect]: {
    required: { type: anything, custom_id: customId },
    optional: {
      ...SELECT,
      channel_types: distinct(1, 25, either(...Object.values(ChannelType))),
      default_values: distinct(1, 25, shaped({ required: { id: snowflake, type: either('channel') } })),
    },
  },
  [ComponentType.TextDisplay]: { required: { type: anything, content: text(1, 4000) }, optional: id },
  [ComponentType.Separator]: {
    required: { type: anything },
    optional: {
      ...id,
      divider: flag,
      spacing: either(SeparatorSpacingSize.Small, SeparatorSpacingSize.Large),
    },
  },
  [ComponentType.Container]: {
    required: { type: anything, components: list(1, 40, anything) },
    optional: { ...id, accent_color: nullable(whole(0, 0xff_ff_ff)), spoiler: flag },
  },
};

/** The same of forms. */
export const MODAL_COMPONENTS: Readonly<Record<number, Shape>> = {
  [ComponentType.TextDisplay]: MESSAGE_COMPONENTS[ComponentType.TextDisplay]!,
  [ComponentType.Label]: {
    required: { type: anything, label: text(1, 45), component: anything },
    optional: { ...id, description: text(1, 100) },
  },
  // Inside a label it has none of its own.
  [ComponentType.TextInput]: {
    required: {
      type: anything,
      custom_id: customId,
      style: either(TextInputStyle.Short, TextInputStyle.Paragraph),
    },
    optional: {
      ...id,
      min_length: whole(0, 4000),
      max_length: whole(1, 4000),
      required: flag,
      value: text(1, 4000),
      placeholder: text(1, 100),
    },
  },
  [ComponentType.RadioGroup]: {
    required: { type: anything, custom_id: customId, options: distinct(2, 10, shaped(option)) },
    optional: { ...id, required: flag },
  },
  [ComponentType.CheckboxGroup]: {
    required: { type: anything, custom_id: customId, options: distinct(1, 10, shaped(option)) },
    optional: { ...id, required: flag, min_values: whole(0, 10), max_values: whole(1, 10) },
  },
};

/** Bodies of messages, by how they are sent. */
const MENTIONS = shaped({
  optional: {
    parse: distinct(0, 3, either('users', 'roles', 'everyone')),
    users: distinct(1, 100, snowflake),
    roles: distinct(1, 100, snowflake),
    replied_user: flag,
  },
});
const BODY = {
  content: nullable(text(1, 2000)),
  allowed_mentions: MENTIONS,
  components: list(0, 40, anything),
  embeds: list(0, 10, shaped({ optional: { description: text(1, 4096), color: whole(0, 0xff_ff_ff) } })),
  flags: whole(0, 2 ** 31 - 1),
};
export const MESSAGE_BODIES = {
  create: { optional: { ...BODY, nonce: text(1, 25), enforce_nonce: flag } },
  edit: { optional: BODY },
  /** Files are told apart by the server: `files` is no field of the API. */
  webhook: { optional: { ...BODY, files: anything } },
} satisfies Record<string, Shape>;
