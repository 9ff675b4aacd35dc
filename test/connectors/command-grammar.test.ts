import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { helpOf, parseCommand as parseIn, readOptions } from '../../src/connectors/command-grammar.ts';
import { COMMANDS, ROOTS, specOf } from '../../src/connectors/command-spec.ts';
import type { Command } from '../../src/connectors/command-spec.ts';
import { wordsIn } from '../../src/words/words.ts';

const parseCommand = (line: string) => parseIn(line, wordsIn('en'));

/** What commands are made of, and what breaks parsers. */
const CHARACTERS = fc.constantFrom(...'aes019 #:.,-/`|', '\n', '\0', '\u{d800}', 'é', '🍋', 'ع');

describe('a command', () => {
  it.each<[string, Command]>([
    ['/keel-mod queue', { verb: 'queue' }],
    [
      '/keel-mod queue #general language:ES sort:score limit:5',
      { verb: 'queue', channel: 'general', language: 'es', sort: 'score', limit: 5 },
    ],
    ['/keel-mod queue channel:#random', { verb: 'queue', channel: 'random' }],
    ['keel-mod queue', { verb: 'queue' }],
    ['  /KEEL-MOD   Queue  ', { verb: 'queue' }],
    ['/keel-mod case 3FA2C19B', { verb: 'case', case: '3fa2c19b' }],
    [
      '/keel-mod case 7c9e6679-7425-40de-944b-e07fc1f90ae7',
      { verb: 'case', case: '7c9e6679-7425-40de-944b-e07fc1f90ae7' },
    ],
    ['/keel-mod stats', { verb: 'stats', days: 7 }],
    ['/keel-mod stats 30d', { verb: 'stats', days: 30 }],
    ['/keel-mod stats days:1', { verb: 'stats', days: 1 }],
    ['/keel-mod check Hello  World\nand more', { verb: 'check', text: 'Hello  World\nand more' }],
    ['/keel-admin threshold 0.7', { verb: 'threshold', value: 0.7 }],
    ['/keel-admin threshold 0,7 #general', { verb: 'threshold', value: 0.7, channel: 'general' }],
    ['/keel-admin threshold #general 1', { verb: 'threshold', value: 1, channel: 'general' }],
    ['/keel-admin threshold', { verb: 'threshold' }],
    ['/keel-admin mode OBSERVE #random', { verb: 'mode', mode: 'observe', channel: 'random' }],
    ['/keel-admin mode', { verb: 'mode' }],
    ['/keel privacy  Forget', { verb: 'privacy forget' }],
    ['/keel privacy optout', { verb: 'privacy optout', state: 'out' }],
    ['/keel privacy optout IN', { verb: 'privacy optout', state: 'in' }],
    ['/keel appeal', { verb: 'appeal' }],
    ['/keel appeal 3fa2c19b It was:  a joke', { verb: 'appeal', case: '3fa2c19b', statement: 'It was:  a joke' }],
    [
      '/keel appeal https://discord.com/channels/1/2/3 why?',
      { verb: 'appeal', case: 'https://discord.com/channels/1/2/3', statement: 'why?' },
    ],
    ['/keel-mod queue only:reported', { verb: 'queue', only: 'reported' }],
    ['/keel-mod simulate 0,8 #a language:ES', { verb: 'simulate', value: 0.8, channel: 'a', language: 'es', days: 7 }],
    ['/keel-admin ignore add role:r1', { verb: 'ignore add', role: 'r1' }],
    ['/keel-admin ignore list', { verb: 'ignore list' }],
    ['/keel-admin setup review_channel:#mods observe', { verb: 'setup', review_channel: 'mods', mode: 'observe' }],
    ['/keel-admin notify off:yes', { verb: 'notify', off: true }],
    ['/keel-admin notify quiet:22:00-07:00 Europe/Rome', { verb: 'notify', quiet: '22:00-07:00 Europe/Rome' }],
    [
      '/keel-admin training local-only Ticket 12, signed',
      { verb: 'training', training: 'local-only', permission: 'Ticket 12, signed' },
    ],
    ['/keel-admin export labels jsonl 30d', { verb: 'export', what: 'labels', format: 'jsonl', days: 30 }],
    ['/keel-admin export', { verb: 'export', what: 'flags', format: 'csv', days: 30 }],
  ])('%j is understood', (line, command) => {
    expect(parseCommand(line)).toEqual({ command });
  });

  it.each<[string, RegExp]>([
    ['hello', /begin with \/keel, \/keel-mod,? or \/keel-admin/],
    ['/keel-mod', /It has: queue, agenda, case, stats, check, simulate/],
    ['/keel-mod dance', /knows no `dance`\. It has: queue/],
    ['/keel-mod threshold 0.5', /`threshold` belongs to another root\. Write \/keel-admin threshold/],
    ['/keel-mod queue es', /`es` means nothing here\. Write \/keel-mod queue/],
    ['/keel-mod queue limit:0', /`limit` is a number from 1 to 100, and `0` is not/],
    ['/keel-mod queue limit:101', /`limit` is a number from 1 to 100, and `101` is not/],
    ['/keel-mod queue sort:old', /`sort` is one of new, score, uncertain, and `old` is not/],
    ['/keel-mod case', /Give the option `case`/],
    ['/keel-mod case 12345', /first 6 or more characters/],
    ['/keel-mod case zzzzzz', /first 6 or more characters/],
    ['/keel-mod stats 0', /`days` is a number from 1 to 365/],
    ['/keel-mod stats soon', /`days` is a number from 1 to 365/],
    ['/keel-mod check', /Give the option `text`/],
    ['/keel-admin threshold 1.5', /from 0 to 1, and `1\.5` is not/],
    ['/keel-admin threshold high', /`high` is not/],
    ['/keel-admin threshold -0.5', /`-0\.5` is not/],
    ['/keel-admin retention 31', /`days` is a number from 1 to 30, and `31` is not/],
    ['/keel-admin ignore', /knows no `ignore`/],
    ['/keel-admin simulate 0.5', /`simulate` belongs to another root\. Write \/keel-mod simulate/],
    ['/keel-mod simulate', /Give the option `value`/],
    ['/keel-admin mode act', /`mode` is one of observe, review, and `act` is not/],
  ])('%j is refused with what to write instead', (line, error) => {
    expect(parseCommand(line)).toEqual({ error: expect.stringMatching(error) });
  });

  it('of any text is either a command or a sentence that ends', () => {
    const roots = fc.constantFrom(
      '',
      '/keel-mod ',
      '/keel-admin ',
      ...COMMANDS.map(({ root, verb }) => `/${root} ${verb} `),
    );
    fc.assert(
      fc.property(roots, fc.string({ unit: CHARACTERS }), (root, rest) => {
        const parsed = parseCommand(root + rest);
        if ('error' in parsed) expect(parsed.error).toMatch(/[.]$/);
        else expect(COMMANDS.map(({ verb }) => verb)).toContain(parsed.command.verb);
      }),
    );
  });

  it.each(COMMANDS.map(({ example }) => example))('%s, the example of its help, is understood', (example) => {
    expect(parseCommand(example)).toHaveProperty('command');
  });
});

describe('a platform’s own options', () => {
  const words = wordsIn('en');

  it('become the same command as typed ones', () => {
    const given = { value: 0.8, channel: '123', language: null };
    expect(readOptions(specOf('simulate'), given, words)).toEqual({
      command: { verb: 'simulate', value: 0.8, channel: '123', days: 7 },
    });
    expect(readOptions(specOf('notify'), { off: false }, words)).toEqual({ command: { verb: 'notify', off: false } });
  });

  it.each([
    ['simulate', {}, /Give the option `value`/],
    ['simulate', { value: 2 }, /`value` is a number from 0 to 1, and `2` is not/],
    ['simulate', { value: '0.5' }, /`value` is a number/],
    ['stats', { days: 1.5 }, /`days` is a number from 1 to 365/],
    ['check', { text: 'x'.repeat(4001) }, /`text` has 4,000 characters at most/],
    ['case', { case: 'zz' }, /first 6 or more characters/],
    ['mode', { mode: 'act' }, /`mode` is one of observe, review/],
    ['queue', { language: 'spanish' }, /`spanish` is not what `language` takes/],
  ] as const)('of %s as %j are refused with what to write instead', (verb, given, error) => {
    expect(readOptions(specOf(verb), given, words)).toEqual({ error: expect.stringMatching(error) });
  });

  it('fit into what Discord allows: names, number of options and choices, required ones first, one level of groups', () => {
    for (const root of Object.keys(ROOTS)) {
      const specs = COMMANDS.filter((each) => each.root === root);
      expect(new Set(specs.map(({ verb }) => verb.split(' ')[0])).size).toBeLessThanOrEqual(25);
      expect(specs.every(({ verb }) => verb.split(' ').length <= 2)).toBe(true);
    }
    for (const { verb } of COMMANDS) {
      const { options } = specOf(verb);
      expect(options.length).toBeLessThanOrEqual(25);
      for (const { name, choices = [] } of options) {
        expect(name).toMatch(/^[a-z_]{1,32}$/);
        expect(choices.length).toBeLessThanOrEqual(25);
      }
      const firstOptional = options.findIndex(({ required }) => required !== true);
      const lastRequired = options.findLastIndex(({ required }) => required === true);
      expect([verb, firstOptional === -1 || lastRequired < firstOptional]).toEqual([verb, true]);
    }
  });

  it('are told in the help of each language', () => {
    expect(helpOf(specOf('threshold'), wordsIn('it'))).toEqual({
      root: 'keel-admin',
      verb: 'threshold',
      usage: '[0-1] [#channel] [language:es]',
      summary: 'il punteggio da cui i messaggi sono segnalati',
      example: '/keel-admin threshold 0.7 #general',
    });
  });
});
