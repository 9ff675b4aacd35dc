import { describe, expect, it } from 'vitest';
import { wordsIn } from '../../src/words/words.ts';
import { cardContent as contentIn, quoted, verdictWords } from '../../src/connectors/card-content.ts';
import type { Card } from '../../src/domain/flag.ts';
import type { Verdict } from '../../src/domain/verdict.ts';
import { NO_DETAILS } from '../../src/domain/label.ts';
import { cardOf } from './cards.ts';

const EN = wordsIn('en');
const cardContent = (card: Card) => contentIn(card, EN);
const verdictOf = (change: Partial<Verdict>): Verdict => ({ ...cardOf({}).verdict, ...change });

describe('the content of a card', () => {
  it('survives JSON unchanged', () => {
    const content = cardContent(
      cardOf({ labels: [{ moderator: 'Sam', answer: 'unsure', ...NO_DETAILS, at: new Date(0) }] }),
    );
    expect(JSON.parse(JSON.stringify(content))).toEqual(content);
  });

  it.each([
    [0.5, 'Low'],
    [0.7, 'Medium'],
    [0.9, 'High'],
  ])('puts a score of %f over a threshold of 0.5 in the band %s', (score, words) => {
    const content = cardContent(cardOf({ verdict: verdictOf({ score }), threshold: 0.5 }));
    expect([content.verdict.score, content.bandWords]).toEqual([score.toFixed(2), words]);
  });

  it('puts what an edit calmed in no band', () => {
    const calmed = cardOf({ verdict: verdictOf({ score: 0.1 }), threshold: 0.5, state: 'withdrawn' });
    expect(cardContent(calmed)).toMatchObject({ band: null, bandWords: 'Below' });
  });

  it('names the case by the first eight characters of its flag', () => {
    expect(cardContent(cardOf({ flag: '3fa2c19b-0000-4000-8000-000000000000' })).case).toBe('3fa2c19b');
  });

  it('says why the text is missing, and that it was removed only where it was', () => {
    expect(cardContent(cardOf({ text: null, state: 'removed' })).textGone).toBe(
      'The post was deleted, and its text with it.',
    );
    expect(cardContent(cardOf({ text: null, state: 'decided' })).textGone).toBe('The text is no longer kept.');
    expect(cardContent(cardOf({ text: 'here' })).textGone).toBeNull();
  });

  it('has no status but waiting before anyone answers', () => {
    expect(cardContent(cardOf({})).status).toBe('Waits for a moderator.');
  });

  it('names those who agree with the decision and no one else', () => {
    const labels = [
      { moderator: 'Sam', answer: 'polarized', ...NO_DETAILS, at: new Date(1) },
      { moderator: 'Ana', answer: 'not_polarized', ...NO_DETAILS, at: new Date(2) },
      { moderator: 'Li', answer: 'polarized', ...NO_DETAILS, at: new Date(3) },
    ] as const;
    const content = cardContent(cardOf({ state: 'decided', decision: 'polarized', labels: [...labels] }));
    expect(content.status).toBe('Polarized, say Sam and Li.');
    expect(content.labels.map(({ words }) => words)).toEqual(['Polarized', 'Not polarized', 'Polarized']);
  });

  it('asks for another moderator where the answers take no side', () => {
    const labels = [{ moderator: 'Sam', answer: 'unsure' as const, ...NO_DETAILS, at: new Date(1) }];
    expect(cardContent(cardOf({ labels })).status).toBe('Undecided: waits for another moderator.');
  });
});

describe('a card about people', () => {
  const at = new Date('2026-05-04T10:00:00Z');
  const sam = { moderator: '1', answer: 'polarized' as const, at, ...NO_DETAILS };
  const people = (id: string): string => `<@${id}>`;

  it('names them as the platform does, in the language of the community', () => {
    const card = cardOf({ state: 'decided', decision: 'polarized', labels: [sam, { ...sam, moderator: '2' }] });
    expect(contentIn(card, EN, people).status).toBe('Polarized, say <@1> and <@2>.');
    expect(contentIn(card, wordsIn('it'), people).status).toBe('Polarizzato, secondo <@1> e <@2>.');
    expect(contentIn(card, EN, people).claimedBy).toBe('1');
  });

  it('says what else moderators should know, and until when an answer can be taken back', () => {
    const appeal = { flag: 'f', by: 'a', statement: 's', at, outcome: null, answer: null };
    const card = cardOf({
      edited: true,
      attachments: 2,
      reports: [{ by: 'r', reason: 'a reason', at }],
      escalation: { by: '3', reason: null, at },
      appeal,
      labels: [{ ...sam, targets: ['religious'], manifestations: ['stereotype'], note: 'n' }],
    });
    const content = contentIn(card, EN, people);
    expect(content.remarks).toEqual([
      'Edited since it was flagged.',
      '2 attachments, not analysed',
      'Reported by a member.',
      'Escalated by <@3>.',
      'The author appeals.',
    ]);
    expect(content.labels).toMatchObject([
      { details: ['Religious', 'Stereotype'], note: 'n', undoUntil: '2026-05-04T10:10:00.000Z' },
    ]);
    const answer = { by: '4', words: 'no', at };
    const upheld = { ...card, appeal: { ...appeal, outcome: 'upheld' as const, answer } };
    expect(contentIn(upheld, EN, people).remarks.at(-1)).toBe('Appeal rejected by <@4>: the decision stands.');
    expect(cardContent(cardOf({})).remarks).toEqual([]);
  });

  it('says that its author was forgotten', () => {
    const content = cardContent(cardOf({ state: 'forgotten', text: null, author: '' }));
    expect([content.status, content.textGone]).toEqual([
      'Forgotten: its author had everything of theirs erased.',
      'The author had everything of theirs erased.',
    ]);
  });
});

describe('a quote', () => {
  it('is whole characters, a thousand units at most, between isolates', () => {
    expect(quoted('short')).toBe('\u2068short\u2069');
    const family = '👨‍👩‍👧‍👦';
    const quote = quoted(family.repeat(200));
    expect(quote.length).toBeLessThanOrEqual(1002);
    expect(quote.slice(1, -2)).toBe(family.repeat((quote.length - 3) / family.length));
    expect(quote.endsWith('…\u2069')).toBe(true);
  });
});

describe('the words of a verdict', () => {
  it.each<[Partial<Verdict>, string]>([
    [{ language: 'es', adapter: 'es', reason: 'language' }, 'Adapter es 0123456, the one for Spanish.'],
    [{ language: 'nl', adapter: 'multi', reason: 'shared' }, 'Adapter multi 0123456, as Dutch has none of its own.'],
    [
      { language: 'und', adapter: 'multi', reason: 'uncertain' },
      'Adapter multi 0123456, as the language could not be told.',
    ],
    [{ adapter: 'none', adapterVersion: '', reason: 'no-text' }, 'No adapter, as there was no text to classify.'],
  ])('explain %o', (change, explanation) => {
    expect(verdictWords(verdictOf({ adapterVersion: '0123456789ab', ...change }), EN).explanation).toBe(explanation);
  });

  it.each([
    ['es', 'Spanish'],
    ['und', 'Unknown language'],
    ['no language', 'no language'],
  ])('call the language %s %s', (code, name) => {
    expect(EN.languageName(code)).toBe(name);
  });
});
