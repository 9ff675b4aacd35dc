import {
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  ChannelType,
  InteractionContextType,
  Locale,
  PermissionFlagsBits,
} from 'discord.js';
import type {
  APIApplicationCommandBasicOption,
  APIApplicationCommandSubcommandGroupOption,
  APIApplicationCommandSubcommandOption,
  LocalizationMap,
  RESTPostAPIApplicationCommandsJSONBody,
} from 'discord.js';
import type { MessageKey } from '../../words/en.ts';
import { wordsIn } from '../../words/words.ts';
import { COMMANDS, MENUS, ROOTS } from '../command-spec.ts';
import type { CommandSpec, OptionSpec, Root } from '../command-spec.ts';

const DESCRIPTION_LIMIT = 100;
const NAME_LIMIT = 32;

/** Of our languages those that Discord's own interface has (developers/reference#locales); Arabic it has not. */
const LOCALES = {
  es: [Locale.SpanishES, Locale.SpanishLATAM],
  it: [Locale.Italian],
  de: [Locale.German],
  fr: [Locale.French],
  pt: [Locale.PortugueseBR],
  hi: [Locale.Hindi],
} as const;

/**
 * Who sees a root before a server's administrators decide otherwise; each use is checked again. Whole numbers, as Discord's
 * OpenAPI document has them; its pages and the package's types say strings, and Discord takes both.
 */
const PERMISSIONS = {
  everyone: null,
  moderators: Number(PermissionFlagsBits.ManageMessages),
  administrators: Number(PermissionFlagsBits.ManageGuild),
} as unknown as Record<(typeof ROOTS)[Root], string | null>;

/** Where people write. */
const TEXT_CHANNELS = [
  ChannelType.GuildText,
  ChannelType.GuildAnnouncement,
  ChannelType.GuildForum,
  ChannelType.GuildVoice,
  ChannelType.PublicThread,
] as const;

const OPTION_TYPES = {
  text: ApplicationCommandOptionType.String,
  choice: ApplicationCommandOptionType.String,
  case: ApplicationCommandOptionType.String,
  language: ApplicationCommandOptionType.String,
  number: ApplicationCommandOptionType.Number,
  integer: ApplicationCommandOptionType.Integer,
  boolean: ApplicationCommandOptionType.Boolean,
  channel: ApplicationCommandOptionType.Channel,
  category: ApplicationCommandOptionType.Channel,
  role: ApplicationCommandOptionType.Role,
  user: ApplicationCommandOptionType.User,
} as const;

/** Every command as Discord registers it, made from their one definition; descriptions in each language that it shows. */
export function commandDefinitions(): RESTPostAPIApplicationCommandsJSONBody[] {
  const anywhere = {
    contexts: [InteractionContextType.Guild],
    integration_types: [ApplicationIntegrationType.GuildInstall],
  };
  return [
    ...(Object.keys(ROOTS) as Root[]).map((root) => ({
      type: ApplicationCommandType.ChatInput as const,
      name: root,
      ...described('help.title'),
      default_member_permissions: PERMISSIONS[ROOTS[root]],
      ...anywhere,
      options: verbsOf(root),
    })),
    ...MENUS.map(({ name, who }) => ({
      type: ApplicationCommandType.Message as const,
      name: wordsIn('en').say(`menu.${name}`).slice(0, NAME_LIMIT),
      name_localizations: localized(`menu.${name}`, NAME_LIMIT),
      default_member_permissions: PERMISSIONS[who],
      ...anywhere,
    })),
  ];
}

function verbsOf(root: Root): (APIApplicationCommandSubcommandOption | APIApplicationCommandSubcommandGroupOption)[] {
  const specs: readonly CommandSpec[] = COMMANDS.filter((each) => each.root === root);
  const groups = Map.groupBy(specs, ({ verb }) => (verb.includes(' ') ? verb.split(' ')[0]! : ''));
  return [...groups].flatMap(([group, some]): ReturnType<typeof verbsOf> => {
    const verbs = some.map(verbOf);
    if (group === '') return verbs;
    return [
      {
        type: ApplicationCommandOptionType.SubcommandGroup,
        name: group,
        ...described(`group.${group}` as MessageKey),
        options: verbs,
      },
    ];
  });
}

function verbOf({ verb, options }: CommandSpec): APIApplicationCommandSubcommandOption {
  const sorted = options.toSorted((one, other) => Number(other.required === true) - Number(one.required === true));
  return {
    type: ApplicationCommandOptionType.Subcommand,
    name: verb.split(' ').at(-1)!,
    ...described(`command.${verb}` as MessageKey),
    options: sorted.map(optionOf),
  };
}

function optionOf(spec: OptionSpec): APIApplicationCommandBasicOption {
  const { name, type, required = false, min, max, maxLength, choices } = spec;
  return {
    type: OPTION_TYPES[type],
    name,
    ...described(`option.${name}` as MessageKey),
    required,
    ...(min !== undefined && { min_value: min }),
    ...(max !== undefined && { max_value: max }),
    ...(maxLength !== undefined && { max_length: maxLength }),
    ...(choices !== undefined && { choices: choices.map((value) => ({ name: value, value })) }),
    ...((type === 'case' || type === 'language') && { autocomplete: true }),
    ...(type === 'channel' && { channel_types: [...TEXT_CHANNELS] }),
    ...(type === 'category' && { channel_types: [ChannelType.GuildCategory] }),
  } as APIApplicationCommandBasicOption;
}

function described(key: MessageKey): { description: string; description_localizations: LocalizationMap } {
  return {
    description: wordsIn('en').say(key).slice(0, DESCRIPTION_LIMIT),
    description_localizations: localized(key, DESCRIPTION_LIMIT),
  };
}

/** Only where it differs: each counts towards the size of a command. */
function localized(key: MessageKey, limit: number): LocalizationMap {
  const english = wordsIn('en').say(key);
  return Object.fromEntries(
    Object.entries(LOCALES).flatMap(([language, locales]) => {
      const text = wordsIn(language as keyof typeof LOCALES).say(key);
      return text === english ? [] : locales.map((locale) => [locale, text.slice(0, limit)]);
    }),
  );
}
