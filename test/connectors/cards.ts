import type { Card } from '../../src/domain/flag.ts';

/** An open card of the local chat, with what a test changes of it. */
export function cardOf(change: Partial<Card>): Card {
  return {
    flag: '7c9e6679-7425-40de-944b-e07fc1f90ae7',
    message: { platform: 'local', community: 'local', channel: 'general', message: 'm1', revision: 0 },
    author: 'Paco',
    postedAt: new Date('2026-05-04T10:00:00Z'),
    text: 'They are all the same, those people.',
    verdict: { score: 0.8, language: 'en', adapter: 'en', adapterVersion: '0123456789ab', reason: 'language' },
    threshold: 0.5,
    state: 'open',
    decision: 'undecided',
    labels: [],
    edited: false,
    attachments: 0,
    origin: 'score',
    blind: false,
    reports: [],
    escalation: null,
    appeal: null,
    notify: null,
    ...change,
  };
}
