import type { FlagAction } from '../connectors/moderation.ts';
import { probabilityOf, UNKNOWN_RELIABILITY } from '../domain/consensus.ts';
import { decide } from '../domain/decision.ts';
import type { Decision } from '../domain/decision.ts';
import type { Card } from '../domain/flag.ts';
import { influenceOf } from '../domain/influence.ts';
import { ANSWERS, MANIFESTATIONS, NO_DETAILS, TARGETS, UNDO_MS } from '../domain/label.ts';
import type { Answer, LabelDetails } from '../domain/label.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import { sealWords } from '../store/card-details.ts';
import { findGround, findStoredAnswers } from '../store/consensus.ts';
import { confirmDecision, storeDecision } from '../store/decisions.ts';
import { deleteLabel, storeLabel } from '../store/labels.ts';
import type { Handle } from '../store/statement.ts';
import { storeEscalation } from '../store/reviews.ts';
import { checkedWords, onFlag } from './flag-action.ts';
import type { ActionParts } from './flag-action.ts';

/**
 * Verb 4: a moderator's answer, what the community then holds true, its audit row and the job that redraws the card, in
 * one transaction. A flag that was withdrawn or removed meanwhile is returned as it is: there is nothing left to judge.
 */
export async function label(
  parts: ActionParts,
  input: FlagAction & { answer: Answer; details?: LabelDetails },
): Promise<Card | null> {
  const { answer, details = NO_DETAILS } = input;
  if (!ANSWERS.includes(answer)) throw notAnAnswer(answer);
  const given = { answer, ...checked(details) };
  return onFlag(parts, input, async ({ tx, card, communityId, who, binding }) => {
    if (card.state !== 'open' && card.state !== 'decided') return null;
    const before = card.labels.find(({ moderator }) => moderator === who);
    if (before !== undefined && saysTheSame(before, given)) return null;
    const { revision } = card.message;
    const note = sealWords(parts.seal, given.note, binding);
    await storeLabel(tx, { ...given, flag: card.flag, communityId, revision, moderator: who, note });
    const decision = await decideAgain(tx, card);
    return { what: 'label', details: { revision, answer, decision } };
  });
}

/** Takes one's own label back while that is possible; what the community holds true is then told from the others. */
export function undo(parts: ActionParts, input: FlagAction, now: Date = new Date()): Promise<Card | null> {
  return onFlag(parts, input, async ({ tx, card, who }) => {
    if (card.state !== 'open' && card.state !== 'decided') return null;
    const { revision } = card.message;
    const since = new Date(now.getTime() - UNDO_MS);
    if (!(await deleteLabel(tx, { flag: card.flag, revision, moderator: who }, since))) return null;
    const decision = await decideAgain(tx, card);
    return { what: 'undo', details: { revision, decision } };
  });
}

/** Asks other moderators to look, once for each revision: who did so first stands. */
export async function escalate(
  parts: ActionParts,
  input: FlagAction & { reason: string | null },
): Promise<Card | null> {
  const reason = checkedWords('reason', input.reason);
  return onFlag(parts, input, async ({ tx, card, who, binding }) => {
    if (card.escalation !== null || (card.state !== 'open' && card.state !== 'decided')) return null;
    const { revision } = card.message;
    await storeEscalation(tx, {
      flagId: card.flag,
      revision,
      moderator: who,
      reason: sealWords(parts.seal, reason, binding),
    });
    return { what: 'escalate', details: { revision }, release: true };
  });
}

/** Makes what was decided, or the answer given, a known one: it stands whatever labels say, until an edit or an appeal. */
export function confirm(
  parts: ActionParts,
  input: FlagAction & { answer: Exclude<Decision, 'undecided'> | null },
): Promise<Card | null> {
  return onFlag(parts, input, async ({ tx, card, who }) => {
    const decision = input.answer ?? card.decision;
    if ((card.state !== 'open' && card.state !== 'decided') || decision === 'undecided') return null;
    const at = { flag: card.flag, revision: card.message.revision };
    await storeDecision(tx, { ...at, decision, probability: Number(decision === 'polarized') });
    await confirmDecision(tx, { ...at, by: who });
    return { what: 'confirm', details: { revision: at.revision, decision } };
  });
}

/** Keeps who had a post deleted or its author timed out. The platform's own log has the reason. */
export function recordSanction(
  parts: ActionParts,
  input: FlagAction & { sanction: 'delete' | 'timeout' },
): Promise<Card | null> {
  return onFlag(parts, input, async () => ({ what: 'sanction', details: { sanction: input.sanction }, redraw: false }));
}

/**
 * Stores what holds of a flag after its labels changed. An appeal that overturned its decision outweighs an answer that an
 * administrator confirmed, and that outweighs the labels.
 */
export async function decideAgain(
  tx: Handle,
  { flag, message: { revision }, appeal }: Pick<Card, 'flag' | 'message' | 'appeal'>,
): Promise<Decision> {
  const answers = await findStoredAnswers(tx, flag, revision);
  const ground = await findGround(tx, flag, revision);
  const known = appeal?.outcome === 'overturned' ? 'not_polarized' : ground.confirmed;
  const weighed = answers.map(({ answer, reliability, setAside, own, others }) => ({
    answer,
    reliability: reliability ?? UNKNOWN_RELIABILITY,
    weight: setAside ? 0 : influenceOf(own, others),
  }));
  const votes = weighed.flatMap(({ answer, ...vote }) =>
    answer === 'unsure' ? [] : [{ ...vote, polarized: answer === 'polarized' }],
  );
  const decision = known ?? decide(weighed);
  const probability = known === null ? probabilityOf(votes, ground) : Number(known === 'polarized');
  await storeDecision(tx, { flag, revision, decision, probability });
  return decision;
}

function checked({ targets, manifestations, note }: LabelDetails): LabelDetails {
  return {
    targets: TARGETS.filter((each) => targets.includes(each)),
    manifestations: MANIFESTATIONS.filter((each) => manifestations.includes(each)),
    note: checkedWords('note', note),
  };
}

function saysTheSame(one: Answered, other: Answered): boolean {
  const said = ({ answer, targets, manifestations, note }: Answered): string =>
    JSON.stringify([answer, targets, manifestations, note]);
  return said(one) === said(other);
}

function notAnAnswer(given: string): EvenkeelError {
  return new EvenkeelError('input', `${given} is not an answer`, { hint: `Give one of ${ANSWERS.join(', ')}.` });
}

type Answered = LabelDetails & { answer: Answer };
