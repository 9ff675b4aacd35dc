import { describe, expect, it } from 'vitest';
import {
  findingLine,
  personalDataLines,
  previewLines,
  statsLines,
  weighedPieces,
  whyLines,
} from '../../src/connectors/answers.ts';
import type { Finding } from '../../src/domain/finding.ts';
import { wilson } from '../../src/domain/insight.ts';
import type { Simulation } from '../../src/domain/insight.ts';
import { INTERFACE_LANGUAGES } from '../../src/domain/settings.ts';
import { wordsIn } from '../../src/words/words.ts';

const EN = wordsIn('en');

const SIMULATION: Simulation = {
  threshold: 0.82,
  days: 14,
  messages: 9000,
  flagged: 22,
  flaggedNow: 68,
  precision: wilson(71, 100),
  decided: 100,
  flaggedFrom: 0.5,
  languages: [],
  daily: [],
  changed: [],
};

describe('an answer', () => {
  it('previews a threshold by the week, with its precision and how far that can be trusted', () => {
    expect(previewLines(SIMULATION, EN)).toEqual([
      'At 0.82: 11 flags a week instead of 34.',
      'Estimated precision 71% (95 % interval 61% to 79%, from 100 decisions).',
      'From 9,000 stored scores of 14 days.',
    ]);
    const unsure = { ...SIMULATION, threshold: 0.4, precision: null, decided: 1 };
    expect(previewLines(unsure, EN).slice(1, 3)).toEqual([
      'Only 1 decision at this score so far: too few to estimate the precision.',
      'Posts below 0.5 were never flagged, so nothing is known about them.',
    ]);
    expect(previewLines({ ...SIMULATION, messages: 0 }, EN)).toEqual([
      'No stored scores yet: let it run for a few days first.',
    ]);
  });

  it('tells statistics line by line', () => {
    const counts = { messages: 20, flagged: 3, upheld: 2, overturned: 1 };
    const stats = {
      ...counts,
      unseen: 4,
      open: 0,
      labels: 5,
      reports: 1,
      appeals: 0,
      answers: { polarized: 3, not_polarized: 2, unsure: 0 },
      languages: [{ language: 'es', ...counts }],
      adapters: [{ adapter: 'es', version: '0123456789ab', ...counts }],
      days: [],
      histogram: [],
    };
    expect(statsLines(stats, 7, EN)).toEqual([
      'The last 7 days',
      '20 posts, 3 flagged, 0 open',
      '4 posts were not checked: more came than could be checked in time.',
      '2 upheld, 1 overturned',
      '5 answers, 1 report, 0 appeals',
      'Spanish: 20 posts, 3 flagged',
      'es 0123456: 3 flagged of 20, 2 upheld, 1 overturned',
    ]);
  });

  it.each<[Finding, string]>([
    [
      { kind: 'missing-permission', level: 'problem', channel: '1', permission: 'Send Messages' },
      'The bot lacks the permission Send Messages in <#1>.',
    ],
    [
      { kind: 'missing-permission', level: 'problem', channel: null, permission: 'Ban' },
      'The bot lacks the permission Ban.',
    ],
    [
      { kind: 'review-channel-gone', level: 'problem', channel: '2' },
      'The review channel <#2> is gone or hidden from the bot.',
    ],
    [
      { kind: 'waiting', level: 'warning', messages: 1, seconds: 40 },
      '1 post waits for a score, the oldest for 40 seconds.',
    ],
    [
      { kind: 'unseen', level: 'problem', messages: 1 },
      '1 post of the last day was not checked: more came than could be checked in time.',
    ],
    [{ kind: 'all-well', level: 'note' }, 'All well.'],
  ])('names what the doctor finds: %j', (finding, line) => {
    expect(findingLine(finding, EN, (id) => `<#${id}>`)).toBe(line);
  });

  it('tells a person what is stored, and that people have no scores', () => {
    const data = {
      member: 'm',
      optedOut: false,
      messages: 2,
      texts: 1,
      examples: 0,
      flags: [],
      appeals: 0,
      reports: 0,
      labels: 1,
      auditEntries: 0,
    };
    const lines = personalDataLines(data, EN);
    expect(lines.slice(0, 4)).toEqual([
      'Stored about you here:',
      'the scores of 2 posts, with the text of 1',
      'no flagged posts',
      '1 answer as a moderator, 0 reports, 0 appeals',
    ]);
    expect(lines.at(-1)).toBe('Posts have scores. People never do.');
  });

  it('highlights the words that drove a score and lists the strongest first, with the limits said in every language', () => {
    const text = 'All traitors, really.';
    const words = [
      { start: 0, end: 3, weight: -0.02 },
      { start: 4, end: 12, weight: 0.61 },
    ];
    const pieces = weighedPieces(text, { score: 0.9, words });
    expect(pieces).toEqual([
      { text: 'All', weight: -0.02 },
      { text: ' ', weight: 0 },
      { text: 'traitors', weight: 0.61 },
      { text: ', really.', weight: 0 },
    ]);
    expect(pieces.map((piece) => piece.text).join('')).toBe(text);
    expect(whyLines(text, { score: 0.9, words }, EN).slice(0, 2)).toEqual([
      '\u2068traitors\u2069: +0.61',
      '\u2068All\u2069: −0.02',
    ]);
    for (const language of INTERFACE_LANGUAGES) {
      const said = wordsIn(language);
      expect(whyLines(text, { score: 0.9, words: [] }, said)).toEqual([said.say('why.none'), said.say('why.limits')]);
    }
  });
});
