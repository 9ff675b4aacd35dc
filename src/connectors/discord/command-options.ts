import { ApplicationCommandOptionType } from 'discord.js';
import type { APIApplicationCommandInteractionDataOption } from 'discord.js';
import type { Words } from '../../words/words.ts';
import { readOptions } from '../command-grammar.ts';
import type { ParsedCommand } from '../command-grammar.ts';
import { COMMANDS } from '../command-spec.ts';
import type { CommandSpec } from '../command-spec.ts';

type Option = APIApplicationCommandInteractionDataOption;

/** A slash command taken apart: its root's name and what is nested under it. */
export interface Given {
  spec: CommandSpec;
  options: Record<string, string | number | boolean>;
  /** The option that is being typed, for autocompletion. */
  focused: { name: string; value: string } | null;
}

/** Null for a command that we do not have: registered by an older version. */
export function givenOf({ name, options = [] }: { name: string; options?: readonly Option[] }): Given | null {
  const path: string[] = [];
  let level = options;
  for (let inner = nested(level); inner !== undefined; inner = nested(level)) {
    path.push(inner.name);
    level = inner.options ?? [];
  }
  const verb = path.join(' ');
  const spec = COMMANDS.find((each) => each.root === name && each.verb === verb);
  if (spec === undefined) return null;
  const values: Given['options'] = {};
  let focused: Given['focused'] = null;
  for (const option of level) {
    if (!('value' in option)) continue;
    values[option.name] = option.value;
    if ('focused' in option && option.focused === true) focused = { name: option.name, value: String(option.value) };
  }
  return { spec, options: values, focused };
}

export function parsedCommand({ spec, options }: Given, words: Words): ParsedCommand {
  return readOptions(spec, options, words);
}

function nested(options: readonly Option[]): { name: string; options?: Option[] } | undefined {
  return options.find(
    (option): option is Extract<Option, { options?: unknown }> =>
      option.type === ApplicationCommandOptionType.Subcommand ||
      option.type === ApplicationCommandOptionType.SubcommandGroup,
  );
}
