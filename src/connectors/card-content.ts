import { bandOf } from '../domain/flag.ts';
import type { Band, Card, FlagState } from '../domain/flag.ts';
import type { Decision } from '../domain/decision.ts';
import type { Answer } from '../domain/label.ts';
import type { Verdict } from '../domain/verdict.ts';

/** What a card says, the same on every platform; how it looks is the platform's own. Safe to send as JSON. */
export interface CardContent {
  flag: string;
  /** Enough of the flag's id to type: what `/keel-mod case` takes. */
  case: string;
  state: FlagState;
  /** Null below the threshold, where an edit has taken the post. */
  band: Band | null;
  bandWords: string;
  /** In [0, 1], as is the threshold. */
  score: number;
  threshold: number;
  verdict: VerdictWords;
  author: string;
  channel: string;
  message: string;
  link: string | null;
  /** ISO 8601. */
  postedAt: string;
  text: string | null;
  /** Why there is no text; null where there is. */
  textGone: string | null;
  edited: boolean;
  decision: Decision;
  /** Where the flag stands, in a sentence: `Not polarized, says Sam.` */
  status: string;
  labels: LabelWords[];
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
  /** ISO 8601. */
  at: string;
}

const ANSWER_WORDS: Readonly<Record<Answer, string>> = {
  polarized: 'Polarized',
  not_polarized: 'Not polarized',
  unsure: 'Unsure',
};

const BAND_WORDS: Readonly<Record<Band | 'below', string>> = {
  low: 'Low',
  medium: 'Medium',
  high: 'High',
  below: 'Below',
};

export function cardContent(card: Card): CardContent {
  const { score } = card.verdict;
  const band = score < card.threshold ? null : bandOf(score, card.threshold);
  return {
    flag: card.flag,
    case: card.flag.slice(0, 8),
    state: card.state,
    band,
    bandWords: BAND_WORDS[band ?? 'below'],
    score,
    threshold: card.threshold,
    verdict: verdictWords(card.verdict),
    author: card.author,
    channel: card.message.channel,
    message: card.message.message,
    link: card.link ?? null,
    postedAt: card.postedAt.toISOString(),
    text: card.text,
    textGone: card.text === null ? textGone(card.state) : null,
    edited: card.edited,
    decision: card.decision,
    status: statusOf(card),
    labels: card.labels.map(({ moderator, answer, at }) => ({
      moderator,
      answer,
      words: ANSWER_WORDS[answer],
      at: at.toISOString(),
    })),
  };
}

export function verdictWords(verdict: Verdict): VerdictWords {
  const languageName = languageNameOf(verdict.language);
  return {
    score: verdict.score.toFixed(2),
    language: verdict.language,
    languageName,
    explanation: explanationOf(verdict, languageName),
  };
}

const LANGUAGE_NAMES = new Intl.DisplayNames(['en'], { type: 'language' });

/** English name of an ISO 639 code. */
export function languageNameOf(code: string): string {
  if (code === 'und') return 'Unknown language';
  try {
    return LANGUAGE_NAMES.of(code) ?? code;
  } catch {
    // `of` throws where a code is not even shaped like one; a card is no place to fail for that.
    return code;
  }
}

function explanationOf({ adapter, adapterVersion, reason }: Verdict, languageName: string): string {
  const name = `Adapter ${adapter} ${adapterVersion.slice(0, 7)}`.trimEnd();
  switch (reason) {
    case 'language':
      return `${name}, the one for ${languageName}.`;
    case 'shared':
      return `${name}, as ${languageName} has none of its own.`;
    case 'uncertain':
      return `${name}, as the language could not be told.`;
    case 'no-text':
      return 'No adapter, as there was no text to classify.';
  }
}

function textGone(state: FlagState): string {
  return state === 'removed' ? 'The post was deleted, and its text with it.' : 'The text is no longer kept.';
}

function statusOf({ state, decision, labels }: Card): string {
  switch (state) {
    case 'removed':
      return 'Removed: the post was deleted.';
    case 'forgotten':
      return 'Forgotten: its author had everything of theirs erased.';
    case 'withdrawn':
      return 'Withdrawn: an edit took the post below the threshold.';
    case 'open':
      return labels.length === 0 ? 'Waits for a moderator.' : 'Undecided: waits for another moderator.';
    case 'decided': {
      const agreeing = labels.filter(({ answer }) => answer === decision).map(({ moderator }) => moderator);
      const verb = agreeing.length === 1 ? 'says' : 'say';
      const words = decision === 'undecided' ? 'Undecided' : ANSWER_WORDS[decision];
      return agreeing.length === 0 ? `${words}.` : `${words}, ${verb} ${LIST.format(agreeing)}.`;
    }
  }
}

const LIST = new Intl.ListFormat('en', { type: 'conjunction' });
