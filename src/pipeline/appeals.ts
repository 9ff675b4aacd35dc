import type { FlagAction } from '../connectors/moderation.ts';
import { APPEAL_OUTCOMES } from '../domain/appeal.ts';
import type { Appeal, AppealOutcome } from '../domain/appeal.ts';
import type { Card } from '../domain/flag.ts';
import type { CommunityAddress } from '../domain/message.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import { sealWords } from '../store/card-details.ts';
import { findCards } from '../store/cards.ts';
import { findCommunity } from '../store/channels.ts';
import { answerStoredAppeal, findAppealed, storeAppeal } from '../store/reviews.ts';
import { storable } from '../store/statement.ts';
import { checkedWords, findCase, onFlag } from './flag-action.ts';
import type { ActionParts } from './flag-action.ts';
import { decideAgain } from './review.ts';

/**
 * A member objects to the decision that their own post is polarized; it then waits in the queue. A post of someone else,
 * and a flag that no one decided so, answer as a flag that does not exist.
 */
export async function appeal(
  parts: ActionParts,
  community: CommunityAddress,
  member: string,
  given: string,
  words: string,
): Promise<Appeal | null> {
  const statement = checkedWords('appeal', words);
  const found = await findCase(parts, community, given);
  if (found === null) return null;
  const action = { community, flag: found.flag, moderator: member };
  const card = await onFlag(parts, action, async ({ tx, card: locked, who, binding }) => {
    if (locked.author !== who || locked.decision !== 'polarized' || locked.appeal !== null) return null;
    const { revision } = locked.message;
    const sealed = sealWords(parts.seal, statement, binding);
    await storeAppeal(tx, { flagId: locked.flag, revision, member: who, statement: sealed });
    return { what: 'appeal', details: { revision }, release: true };
  });
  return card?.author === storable(member) ? card.appeal : null;
}

/** Answers an appeal once; the first answer stands. An overturned decision becomes `not_polarized`, whatever labels say. */
export async function answerAppeal(
  parts: ActionParts,
  input: FlagAction & { outcome: AppealOutcome; words: string | null },
): Promise<Card | null> {
  const { outcome } = input;
  if (!APPEAL_OUTCOMES.includes(outcome)) {
    throw new EvenkeelError('input', `${outcome} does not answer an appeal`, {
      hint: `Give one of ${APPEAL_OUTCOMES.join(', ')}.`,
    });
  }
  const words = checkedWords('answer', input.words);
  return onFlag(parts, input, async ({ tx, card, who, binding }) => {
    if (card.appeal === null || card.appeal.outcome !== null) return null;
    const { revision } = card.message;
    const answer = sealWords(parts.seal, words, binding);
    await answerStoredAppeal(tx, { flag: card.flag, revision }, { outcome, answeredBy: who, answer });
    const answered = { ...card, appeal: { ...card.appeal, outcome } };
    if (outcome === 'overturned') await decideAgain(tx, answered);
    return { what: 'appeal-answer', details: { revision, outcome } };
  });
}

/** A member's own appeals, newest first. */
export async function appealsOf(parts: ActionParts, community: CommunityAddress, member: string): Promise<Appeal[]> {
  const { handle } = parts.database;
  const communityId = await findCommunity(handle, community);
  if (communityId === null) return [];
  const flags = await findAppealed(handle, communityId, storable(member));
  const cards = flags.length === 0 ? [] : await findCards(handle, parts.seal, { communityId, flags });
  const byFlag = new Map(cards.map(({ card }) => [card.flag, card.appeal]));
  return flags.flatMap((flag) => byFlag.get(flag) ?? []);
}
