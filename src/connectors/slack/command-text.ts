import type { Words } from '../../words/words.ts';
import { helpOf, parseCommand } from '../command-grammar.ts';
import type { CommandHelp, ParsedCommand } from '../command-grammar.ts';
import { COMMANDS, ROOTS, specOf } from '../command-spec.ts';
import type { Command, CommandSpec, OptionSpec, Root } from '../command-spec.ts';
import { isChannelId, isGroupId, isUserId } from './mrkdwn.ts';
import { oneRoot } from './speech.ts';

/** Slack gives an app's commands to everyone, so there is one, and what follows it says the rest. It has no categories. */
const SLACK_COMMANDS: readonly CommandSpec[] = COMMANDS.map((spec: CommandSpec) => ({
  ...spec,
  root: 'keel',
  options: spec.options.filter(({ type }) => type !== 'category'),
  example: oneRoot(spec.example),
}));

export function slackSpecOf(verb: string): CommandSpec | null {
  return SLACK_COMMANDS.find((each) => each.verb === verb) ?? null;
}

/** Who may give a command. */
export function rootOf(verb: Command['verb']): (typeof ROOTS)[Root] {
  return ROOTS[specOf(verb).root];
}

/** Commands that someone may give, each in a line. */
export function helpOn(roots: readonly Root[], words: Words): CommandHelp[] {
  return SLACK_COMMANDS.filter(({ verb }) => roots.includes(specOf(verb).root)).map((spec) => helpOf(spec, words));
}

/** Reads what follows `/keel`. Nothing asks for help. */
export function readCommand(text: string, words: Words): ParsedCommand {
  const typed = plainCommand(text).trim();
  const parsed = parseCommand(`/keel ${typed === '' ? 'help' : typed}`, words, SLACK_COMMANDS);
  if ('error' in parsed) return parsed;
  const wrong = wrongId(parsed.command, words);
  return wrong === null ? parsed : { error: wrong };
}

/** A sentence about a channel, user or group that Slack did not recognize; null where all are ids. */
export function wrongId(command: Command, words: Words): string | null {
  const spec = slackSpecOf(command.verb);
  for (const option of spec?.options ?? []) {
    const given = (command as unknown as Record<string, unknown>)[option.name];
    if (typeof given !== 'string' || isIdOf(option.type, given)) continue;
    return `${words.say('grammar.notTaken', { given, option: option.name })} ${words.say('grammar.use', {
      usage: `/keel ${spec!.verb} ${helpOf(spec!, words).usage}`,
      example: spec!.example,
    })}`;
  }
  return null;
}

function isIdOf(type: OptionSpec['type'], given: string): boolean {
  if (type === 'channel') return isChannelId(given);
  if (type === 'user') return isUserId(given);
  return type !== 'role' || isGroupId(given);
}

/** A command's text without Slack's own marks: `<#C01|general>` is `#C01`, `<@U01|sam>` is `U01`, `&lt;` is `<`. */
function plainCommand(text: string): string {
  return text
    .replace(/<#([CGD][A-Z0-9]+)(?:\|[^>]*)?>/g, '#$1')
    .replace(/<@([UW][A-Z0-9]+)(?:\|[^>]*)?>/g, '$1')
    .replace(/<!subteam\^(S[A-Z0-9]+)(?:\|[^>]*)?>/g, '$1')
    .replace(/<((?:https?|mailto):[^|>]+)(?:\|[^>]*)?>/g, '$1')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&');
}
