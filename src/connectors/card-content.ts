import { bandOf } from '../domain/flag.ts';
import type { Band, Card, FlagState, Origin } from '../domain/flag.ts';
import type { AppealOutcome } from '../domain/appeal.ts';
import type { Decision } from '../domain/decision.ts';
import { UNDO_MS } from '../domain/label.ts';
import type { Answer, Label } from '../domain/label.ts';
import type { Verdict } from '../domain/verdict.ts';
import { isolated } from '../words/words.ts';
import type { Words } from '../words/words.ts';

/** Of a post, in UTF-16 units: a card quotes it, the post itself is a link away. */
const QUOTE_LIMIT = 1000;

/**
 * What a card says, the same on every platform; how it looks, and how people and channels are named, is the platform's
 * own: ids stay ids unless `people` names them. Safe to send as JSON.
 */
export interface CardContent {
  flag: string;
  /** Enough of the flag's id to type: what `/keel-mod case` takes. */
  case: string;
  state: FlagState;
  origin: Origin;
  /** Whether it is to be answered from the post alone: then nothing here tells what the model said. */
  blind: boolean;
  /** Null below the threshold, where an edit has taken the post or a person raised it. */
  band: Band | null;
  bandWords: string;
  /** In [0, 1], as is the threshold; null on a blind card. */
  score: number | null;
  threshold: number;
  /** On a blind card the language alone. */
  verdict: VerdictWords;
  author: string;
  channel: string;
  message: string;
  link: string | null;
  /** ISO 8601. */
  postedAt: string;
  text: string | null;
  /** The text, cut to what a card quotes and kept from turning the words around it: what a card shows. */
  quote: string | null;
  /** Why there is no text; null where there is. */
  textGone: string | null;
  edited: boolean;
  decision: Decision;
  /** Where the flag stands, in a sentence: `Not polarized, says Sam.` */
  status: string;
  /** What else moderators should know, a sentence each: edits, attachments, reports, escalation, appeal, undo. */
  remarks: string[];
  /** Who answered first. */
  claimedBy: string | null;
  labels: LabelWords[];
  /** Only for moderators' eyes. */
  reports: { reason: string | null; at: string }[];
  escalation: { by: string; reason: string | null } | null;
  appeal: { statement: string | null; outcome: AppealOutcome | null; answer: string | null } | null;
}

export interface VerdictWords {
  /** `0.87`. */
  score: string;
  /** ISO 639-1, or `und`. */
  language: string;
  /** `Spanish`. */
  languageName: string;
  /** Which adapter answered and why, in a sentence. */
  explanation: string;
}

export interface LabelWords {
  moderator: string;
  answer: Answer;
  /** `Not polarized`. */
  words: string;
  /** Targets and manifestations, in words. */
  details: string[];
  note: string | null;
  /** ISO 8601, as is the time until which the moderator can take it back. */
  at: string;
  undoUntil: string;
}

/** `people` turns a person's id into how the platform names them in a sentence: `<@123>`, `Sam`. */
export function cardContent(card: Card, words: Words, people: (id: string) => string = (id) => id): CardContent {
  const { score } = card.verdict;
  const { blind } = card;
  const band = blind || score < card.threshold ? null : bandOf(score, card.threshold);
  const verdict = verdictWords(card.verdict, words);
  return {
    flag: card.flag,
    case: caseOf(card.flag),
    state: card.state,
    origin: card.origin,
    blind,
    band,
    bandWords: words.say(`band.${blind ? 'blind' : (band ?? 'below')}`),
    score: blind ? null : score,
    threshold: card.threshold,
    verdict: blind ? { ...verdict, score: '', explanation: words.say('card.blind') } : verdict,
    author: card.author,
    channel: card.message.channel,
    message: card.message.message,
    link: card.link ?? null,
    postedAt: card.postedAt.toISOString(),
    text: card.text,
    quote: card.text === null ? null : quoted(card.text),
    textGone: card.text === null ? textGone(card.state, words) : null,
    edited: card.edited,
    decision: card.decision,
    status: statusOf(card, words, people),
    remarks: remarksOf(card, words, people),
    claimedBy: card.labels[0]?.moderator ?? null,
    labels: card.labels.map((label) => labelWords(label, words)),
    reports: card.reports.map(({ reason, at }) => ({ reason, at: at.toISOString() })),
    escalation: card.escalation && { by: card.escalation.by, reason: card.escalation.reason },
    appeal: card.appeal && {
      statement: card.appeal.statement,
      outcome: card.appeal.outcome,
      answer: card.appeal.answer?.words ?? null,
    },
  };
}

/** Enough of a flag's id to name it. */
export function caseOf(flag: string): string {
  return flag.slice(0, 8);
}

/** A text as it is quoted: whole characters, at most `limit` UTF-16 units before the isolates that are put around it. */
export function quoted(text: string, limit = QUOTE_LIMIT): string {
  if (text.length <= limit) return isolated(text);
  let cut = '';
  for (const { segment } of new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(text)) {
    if (cut.length + segment.length > limit - 1) break;
    cut += segment;
  }
  return isolated(`${cut}…`);
}

export function verdictWords(verdict: Verdict, words: Words): VerdictWords {
  const languageName = words.languageName(verdict.language);
  const adapter = `${verdict.adapter} ${verdict.adapterVersion.slice(0, 7)}`.trimEnd();
  return {
    score: verdict.score.toFixed(2),
    language: verdict.language,
    languageName,
    explanation: words.say(`verdict.${verdict.reason}`, { adapter, language: languageName }),
  };
}

function labelWords({ moderator, answer, targets, manifestations, note, at }: Label, words: Words): LabelWords {
  return {
    moderator,
    answer,
    words: words.say(`answer.${answer}`),
    details: [
      ...targets.map((each) => words.say(`target.${each}`)),
      ...manifestations.map((each) => words.say(`manifestation.${each}`)),
    ],
    note,
    at: at.toISOString(),
    undoUntil: new Date(at.getTime() + UNDO_MS).toISOString(),
  };
}

function textGone(state: FlagState, words: Words): string {
  if (state === 'removed') return words.say('card.textRemoved');
  return words.say(state === 'forgotten' ? 'card.textForgotten' : 'card.textGone');
}

function statusOf({ state, decision, labels }: Card, words: Words, people: (id: string) => string): string {
  switch (state) {
    case 'removed':
      return words.say('card.removed');
    case 'forgotten':
      return words.say('card.forgotten');
    case 'withdrawn':
      return words.say('card.withdrawn');
    case 'open':
      return words.say(labels.length === 0 ? 'card.waits' : 'card.undecided');
    case 'decided': {
      const agreeing = labels.filter(({ answer }) => answer === decision).map(({ moderator }) => people(moderator));
      const answer = words.say(`answer.${decision === 'undecided' ? 'unsure' : decision}`);
      if (agreeing.length === 0) return words.say('card.decided', { answer });
      return words.say('card.decidedBy', { answer, count: agreeing.length, moderators: words.list(agreeing) });
    }
  }
}

function remarksOf(card: Card, words: Words, people: (id: string) => string): string[] {
  const { edited, attachments, origin, reports, escalation, appeal } = card;
  return [
    edited && words.say('card.edited'),
    attachments > 0 && words.say('card.attachments', { count: attachments }),
    origin === 'moderator' && words.say('card.raised'),
    reports.length > 0 && words.say('card.reported', { count: reports.length }),
    escalation !== null && words.say('card.escalated', { moderator: people(escalation.by) }),
    appeal !== null && appeal.answer === null && words.say('card.appealed'),
    appeal !== null &&
      appeal.answer !== null &&
      words.say(appeal.outcome === 'overturned' ? 'card.appealOverturned' : 'card.appealUpheld', {
        moderator: people(appeal.answer.by),
      }),
  ].filter((remark) => typeof remark === 'string');
}
