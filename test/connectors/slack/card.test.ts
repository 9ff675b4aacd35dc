import * as fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cardMessage, summaryMessage } from '../../../src/connectors/slack/card.ts';
import { page } from '../../../src/connectors/slack/blocks.ts';
import { inline, literal, mention } from '../../../src/connectors/slack/mrkdwn.ts';
import { reportMessage } from '../../../src/connectors/slack/report.ts';
import { asTypedHere } from '../../../src/connectors/slack/speech.ts';
import type { Card, FlagState } from '../../../src/domain/flag.ts';
import { ANSWERS, MANIFESTATIONS, TARGETS } from '../../../src/domain/label.ts';
import { INTERFACE_LANGUAGES } from '../../../src/domain/settings.ts';
import { wordsIn } from '../../../src/words/words.ts';
import { cardOf } from '../cards.ts';
import { blockFaults } from './server/check-blocks.ts';
import type { Json } from '../discord/server/json.ts';

const words = asTypedHere(wordsIn('en'));
const NOW = new Date('2026-05-04T10:05:00Z');
const LINK = 'https://town.slack.com/archives/C0010000000/p1700000000000100';
const look = { words, now: NOW, deletesAs: null };

/** What people can write, the worst of it included. */
const writing = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 4000 }),
  fc
    .array(
      fc.constantFrom(
        '<!here>',
        '<@U0010000000>',
        '<#C01|x>',
        '&lt;!channel&gt;',
        '*b*',
        '`',
        '>',
        '\n',
        '\u202E',
        'https://evil.example ',
      ),
    )
    .map((parts) => parts.join('')),
);
const moments = fc.date({ min: new Date('2026-05-04T09:00:00Z'), max: NOW, noInvalidDate: true });
const cards: fc.Arbitrary<Card> = fc
  .record({
    author: fc.constantFrom('', 'U0010000000', 'Paco'),
    text: fc.option(writing),
    state: fc.constantFrom<FlagState>('open', 'decided', 'withdrawn', 'removed', 'forgotten'),
    link: fc.constantFrom(LINK, undefined),
    decision: fc.constantFrom('polarized', 'not_polarized', 'undecided'),
    attachments: fc.nat(9),
    edited: fc.boolean(),
    notify: fc.option(fc.constant('S0010000000')),
    reports: fc.array(fc.record({ by: fc.constant('U0020000000'), reason: fc.option(writing), at: moments }), {
      maxLength: 9,
    }),
    escalation: fc.option(fc.record({ by: fc.constant('U0030000000'), reason: fc.option(writing), at: moments })),
    labels: fc.array(
      fc.record({
        moderator: fc.constantFrom('U0040000000', 'U0050000000', 'Sam'),
        answer: fc.constantFrom(...ANSWERS),
        targets: fc.subarray([...TARGETS]),
        manifestations: fc.subarray([...MANIFESTATIONS]),
        note: fc.option(writing),
        at: moments,
      }),
      { maxLength: 30 },
    ),
    appeal: fc.option(
      fc.record({
        flag: fc.constant('7c9e6679-7425-40de-944b-e07fc1f90ae7'),
        by: fc.constant('U0060000000'),
        statement: fc.option(writing),
        at: moments,
        outcome: fc.constant(null),
        answer: fc.constant(null),
      }),
    ),
  })
  .map(({ link, ...change }) => cardOf({ ...(change as Partial<Card>), ...(link !== undefined && { link }) }));

describe('a card on Slack', () => {
  test('is taken by Slack whatever people wrote, in every language', () => {
    fc.assert(
      fc.property(cards, fc.constantFrom(...INTERFACE_LANGUAGES), fc.boolean(), (card, language, ping) => {
        const local = asTypedHere(wordsIn(language));
        const { text, blocks } = cardMessage(card, { words: local, now: NOW, deletesAs: 'U0090000000', ping });
        expect(blockFaults(blocks, 'message')).toEqual([]);
        // Three of them fit on a page.
        expect(blocks.length).toBeLessThanOrEqual(20);
        expect(text.length).toBeLessThan(300);
      }),
      { seed: 7, numRuns: 200 },
    );
  });

  test('pings and names nobody whom its writers meant to', () => {
    fc.assert(
      fc.property(cards, (card) => {
        const raw = JSON.stringify(cardMessage(card, look));
        expect(raw).not.toMatch(/<!|<#C01/);
        for (const [, id] of raw.matchAll(/<@([UW][A-Z0-9]+)>/g))
          expect([card.author, ...card.labels.map((label) => label.moderator), 'U0030000000', 'U0060000000']).toContain(
            id,
          );
      }),
      { seed: 8, numRuns: 200 },
    );
  });

  test('quotes a post literally, where no markup is read', () => {
    const { blocks } = cardMessage(cardOf({ text: '*b* <!here> & <https://evil.example|x>' }), look);
    const quote = blocks.find(({ type }) => type === 'rich_text') as unknown as Json;
    expect(JSON.stringify(quote)).toContain('*b* <\u2060!here> & <\u2060https://evil.example|x>');
    expect(JSON.stringify(quote)).not.toContain('"type":"link"');
  });

  test('has the answers, the reasons and the way to the post in this order', () => {
    const labels = [
      { moderator: 'U1AA', answer: 'polarized' as const, targets: [], manifestations: [], note: null, at: NOW },
    ];
    const { blocks } = cardMessage(cardOf({ link: LINK, labels }), { ...look, deletesAs: 'U0090000000' });
    expect(buttonsOf(blocks)).toEqual([
      'Polarized',
      'Not polarized',
      'Relabel…',
      'Unsure',
      'Permalink',
      'Why?',
      'What is polarized?',
      'Context',
      'Escalate',
      'Delete',
      'Undo',
    ]);
  });

  test('offers to delete only where someone lent a token, and asks in whose name', () => {
    expect(buttonsOf(cardMessage(cardOf({}), look).blocks)).not.toContain('Delete');
    const { blocks } = cardMessage(cardOf({}), { ...look, deletesAs: 'U0090000000' });
    expect(JSON.stringify(blocks)).toMatch(/deleted in the name of <@U0090000000>/);
  });

  test('carries ids alone in its buttons', () => {
    const { blocks } = cardMessage(cardOf({ text: 'a secret word', link: LINK }), {
      ...look,
      place: ['0', '', '', '', ''],
    });
    const values = [...JSON.stringify(blocks).matchAll(/"value":"([^"]*)"/g)].map(([, value]) => value);
    expect(new Set(values)).toEqual(new Set(['7c9e6679-7425-40de-944b-e07fc1f90ae7:0::::']));
  });

  test('pings a group once, and only where it is asked to', () => {
    const card = cardOf({ notify: 'S0010000000' });
    expect(JSON.stringify(cardMessage(card, { ...look, ping: true }))).toContain('<!subteam^S0010000000>');
    expect(JSON.stringify(cardMessage(card, look))).not.toContain('subteam');
  });

  test('of a raid says how many flags wait', () => {
    const channel = { platform: 'slack', community: 'T1', channel: 'C0010000000' } as const;
    const { blocks } = summaryMessage({ id: '4', channel, hour: NOW, shown: 20, held: 31 }, words);
    expect(blockFaults(blocks, 'message')).toEqual([]);
    expect(JSON.stringify(blocks)).toMatch(/31 more flags[\s\S]*"value":"C0010000000:4"/);
  });
});

describe('a weekly report on Slack', () => {
  test('is taken by Slack with as many languages as there are, and leads to the queue', () => {
    const lesson = { adapter: 'a', version: '3fa2c19b04de', outcome: 'promoted', corrections: 3 } as const;
    const rest = { comparisons: [], volume: null, refusals: [] };
    const lessons = Array.from({ length: 40 }, () => ({ language: 'es', ...lesson, ...rest }));
    const community = { platform: 'slack', community: 'T1' } as const;
    const { text, blocks } = reportMessage({ id: '1', community, day: '2026-05-04', lessons }, words);
    expect(blockFaults(blocks, 'message')).toEqual([]);
    expect(text).toContain('120');
    expect(JSON.stringify(blocks)).toMatch(/Spanish[\s\S]*v1:queue/);
  });
});

describe('words on Slack', () => {
  test('of others stand inside a line without markup', () => {
    expect(inline('a & <!here>\n*b*')).toBe('\u2068a &amp; &lt;!here&gt; \uFEFF*\uFEFFb\uFEFF*\uFEFF\u2069');
    expect(literal('<@U1> <3')).toBe('<\u2060@U1> <\u20603');
  });

  test('name only what has the form of an id', () => {
    expect(mention.user('U0010000000')).toBe('<@U0010000000>');
    expect(mention.user('U1> <!here')).not.toContain('<');
    expect(mention.channel('general|x')).not.toContain('<#');
  });

  test('fit into blocks however long they are, and break no escape', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme', maxLength: 9000 }).map(inline), { maxLength: 60 }),
        (lines) => {
          const blocks = page(lines);
          expect(blockFaults(blocks, 'message')).toEqual([]);
          for (const text of JSON.stringify(blocks).matchAll(/&(?!amp;|lt;|gt;)/g)) expect(text).toBeNull();
        },
      ),
      { seed: 9, numRuns: 100 },
    );
  });

  test('speak of the one command that there is', () => {
    expect(words.say('finding.not-set-up')).toContain('`/keel setup`');
  });
});

function buttonsOf(blocks: readonly unknown[]): string[] {
  return (blocks as { type: string; elements?: { text?: { text: string } }[] }[])
    .filter(({ type }) => type === 'actions')
    .flatMap(({ elements = [] }) => elements.map(({ text }) => text?.text ?? ''));
}
