import type { Finding } from '../domain/finding.ts';
import type { Words } from '../words/words.ts';
import type { Naming } from './answer.ts';

const MARKS = { problem: '❌', warning: '⚠️', note: '✅' } as const;

/** What is wrong in a community, the worst first; `all well` only where nothing else was found. */
export function findingLines(findings: readonly Finding[], words: Words, names: Naming): string[] {
  const order: readonly Finding['level'][] = ['problem', 'warning', 'note'];
  const told = findings.some(({ level }) => level !== 'note')
    ? findings.filter(({ kind }) => kind !== 'all-well')
    : findings;
  return told
    .toSorted((one, other) => order.indexOf(one.level) - order.indexOf(other.level))
    .map((finding) => `${MARKS[finding.level]} ${sentence(finding, words, names)}`);
}

function sentence(finding: Finding, words: Words, names: Naming): string {
  switch (finding.kind) {
    case 'missing-permission': {
      const { channel, permission } = finding;
      if (channel === null) return words.say('finding.missing-permission-everywhere', { permission });
      return words.say('finding.missing-permission', { permission, channel: names.channel(channel) });
    }
    case 'review-channel-gone':
      return words.say('finding.review-channel-gone', { channel: names.channel(finding.channel) });
    case 'missing-intent':
      return words.say('finding.missing-intent', { intent: finding.intent });
    case 'waiting':
      return words.say('finding.waiting', { messages: finding.messages, seconds: finding.seconds });
    case 'cards-failing':
      return words.say('finding.cards-failing', { cards: finding.cards });
    case 'training-on':
      return words.say('finding.training-on', { permission: names.words(finding.permission) });
    default:
      return words.say(`finding.${finding.kind}`);
  }
}
