import { describe, expect, it } from 'vitest';
import { wordsIn } from '../../src/words/words.ts';
import { cardContent as contentIn, verdictWords } from '../../src/connectors/card-content.ts';
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
