import { ApplicationCommandOptionType, ApplicationCommandType, Locale } from 'discord.js';
import { COMMAND_SHAPES, OPTION_SHAPES } from './command-shapes.ts';
import { textOf } from './json.ts';
import type { Json } from './json.ts';
import { shapeFaults } from './shape.ts';

const NAME = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u;
const LOCALES = new Set<string>(Object.values(Locale));
const NESTED = new Set<unknown>([
  ApplicationCommandOptionType.Subcommand,
  ApplicationCommandOptionType.SubcommandGroup,
]);

/** What Discord would refuse in an overwrite of all commands: developers/interactions/application-commands. */
export function commandFaults(commands: readonly Json[]): string[] {
  const faults: string[] = [];
  const count = (type: ApplicationCommandType): number =>
    commands.filter((each) => (each['type'] ?? 1) === type).length;
  if (count(ApplicationCommandType.ChatInput) > 100) faults.push('over 100 commands');
  if (count(ApplicationCommandType.Message) > 15) faults.push('over 15 message commands');
  if (count(ApplicationCommandType.User) > 15) faults.push('over 15 user commands');
  const keys = commands.map((each) => `${textOf(each['type'] ?? 1)} ${textOf(each['name'])}`);
  if (new Set(keys).size < keys.length) faults.push('two commands of one name');
  for (const command of commands) {
    const name = textOf(command['name']);
    if ((command['type'] ?? 1) === ApplicationCommandType.ChatInput) {
      faults.push(...shapeFaults(command, COMMAND_SHAPES.chat, name));
      if (characters(command) > 8000) faults.push(`${name}: ${characters(command)} characters, 8000 are allowed`);
      faults.push(...chatFaults(command, 0).map((fault) => `${name}: ${fault}`));
    } else {
      faults.push(...shapeFaults(command, COMMAND_SHAPES.menu, name));
    }
  }
  return faults;
}

function chatFaults(command: Json, depth: number): string[] {
  const faults = [...nameFaults(command), ...descriptionFaults(command)];
  const options = (command['options'] ?? []) as Json[];
  if (options.length > 25) faults.push('over 25 options');
  const nested = options.filter(({ type }) => NESTED.has(type));
  if (nested.length > 0 && nested.length < options.length) faults.push('subcommands beside options');
  if (depth > 1 && nested.length > 0) faults.push('subcommands nested too deep');
  const required = options.map((each) => each['required'] === true);
  if (required.lastIndexOf(true) > required.indexOf(false) && required.includes(false))
    faults.push('a required option after an optional one');
  for (const option of options) {
    const shape = OPTION_SHAPES[Number(option['type'])] ?? {};
    faults.push(...shapeFaults(option, shape, `option ${textOf(option['name'])}`));
    const inside = NESTED.has(option['type']) ? chatFaults(option, depth + 1) : optionFaults(option);
    faults.push(...inside.map((fault) => `${textOf(option['name'])}: ${fault}`));
  }
  return faults;
}

function optionFaults(option: Json): string[] {
  const faults = [...nameFaults(option), ...descriptionFaults(option)];
  if (option['choices'] !== undefined && option['autocomplete'] === true) faults.push('choices beside autocomplete');
  return faults;
}

function nameFaults(named: Json): string[] {
  const names = [named['name'], ...Object.values((named['name_localizations'] ?? {}) as Json)].map(textOf);
  return [
    ...names.filter((name) => !NAME.test(name) || name !== name.toLowerCase()).map((name) => `the name ${name}`),
    ...localeFaults(named['name_localizations']),
  ];
}

function descriptionFaults(described: Json): string[] {
  const all = [described['description'], ...Object.values((described['description_localizations'] ?? {}) as Json)];
  const wrong = all.filter((each) => typeof each !== 'string' || each.length < 1 || each.length > 100);
  return [
    ...wrong.map((each) => `the description ${textOf(each)}`),
    ...localeFaults(described['description_localizations']),
  ];
}

function localeFaults(localizations: unknown): string[] {
  return Object.keys(localizations ?? {})
    .filter((locale) => !LOCALES.has(locale))
    .map((locale) => `the locale ${locale}`);
}

/** As Discord counts: names, descriptions and values of the command, its options and choices, longest localization each. */
function characters(command: Json): number {
  const longest = (field: string): number =>
    Math.max(
      ...[command[field], ...Object.values((command[`${field}_localizations`] ?? {}) as Json)].map(
        (each) => textOf(each ?? '').length,
      ),
    );
  const inside = [...((command['options'] ?? []) as Json[]), ...((command['choices'] ?? []) as Json[])];
  return (
    longest('name') +
    longest('description') +
    textOf(command['value'] ?? '').length +
    inside.reduce((sum, each) => sum + characters(each), 0)
  );
}
