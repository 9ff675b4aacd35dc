import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCommand as parseIn } from '../../src/connectors/command-grammar.ts';
import { COMMANDS } from '../../src/connectors/command-spec.ts';
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
  ])('%j is understood', (line, command) => {
    expect(parseCommand(line)).toEqual({ command });
  });

  it.each<[string, RegExp]>([
    ['hello', /begin with \/keel, \/keel-mod,? or \/keel-admin/],
    ['/keel-mod', /It has: queue, case, stats, check, simulate/],
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
