import { randomUUID } from 'node:crypto';
import type { Raised } from '../connectors/moderation.ts';
import type { RaisedBy } from '../domain/flag.ts';
import type { Message } from '../domain/message.ts';
import type { Classify } from '../domain/verdict.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import { recordAudit } from '../store/audit.ts';
import { sealWords } from '../store/card-details.ts';
import { countChange, findFlagOf, openFlags } from '../store/flags.ts';
import { findMessageId, storeRevisions } from '../store/messages.ts';
import { storeReport } from '../store/reviews.ts';
import { findDropped } from '../store/settings.ts';
import { storable } from '../store/statement.ts';
import type { Handle } from '../store/statement.ts';
import { keepText } from '../store/texts.ts';
import { findVerdict, lockMessages, storeVerdicts } from '../store/verdicts.ts';
import type { LockedMessage } from '../store/verdicts.ts';
import { checkedWords, firstCard } from './flag-action.ts';
import { enqueueCards } from './flag.ts';
import { revisionsOf } from './intake.ts';
import type { IntakeParts } from './intake.ts';

/**
 * A person raises a flag. The post is stored and classified where that was not done, its text kept for moderators, and the
 * report, the flag and the job that draws its card commit together. A post that was decided on stays decided: it is
 * reported again only after an edit.
 */
export async function raise(
  parts: IntakeParts & { classify: Classify },
  message: Message,
  { origin, who: given, reason: words }: { origin: RaisedBy; who: string; reason: string | null },
): Promise<Raised> {
  const { database, queues, seal, classify } = parts;
  const { handle } = database;
  const who = storable(given);
  const reason = checkedWords('reason', words);
  if ((await findDropped(handle, [message])).get(0) === 'opted-out') return { refused: 'opted-out' };
  const { communityId } = await parts.channels.find(message);
  const [row] = await revisionsOf(parts, [message]);
  const { channel, externalId, sealed } = row!;
  const address = { channel: storable(message.channel), message: externalId };
  const known = await findVerdict(handle, communityId, address);
  // A verdict about an earlier text says nothing of this one; one about a later text is the one that counts.
  const isKnown = known !== null && known.revision >= message.revision;
  const verdict = isKnown ? known.verdict : (await classify([message.text], [communityId]))[0]!;

  return database.transaction(async (tx) => {
    await storeRevisions(tx, [row!]);
    const id = await findMessageId(tx, channel, externalId);
    const [locked] = id === null ? [] : await lockMessages(tx, [id]);
    if (locked === undefined) return { refused: 'deleted' as const };
    const { revision } = locked;
    if (revision === message.revision) {
      await storeVerdicts(tx, [{ message: locked.message, revision, verdict, flagged: true }]);
      await keepText(tx, { message: locked.message, revision, sealed });
    } else if ((await findVerdict(tx, communityId, address)) === null) throw editedMeanwhile(message);

    const { flag, opened } = await openOrRelease(tx, locked, origin);
    const binding = { channel, message: externalId, revision };
    if (origin === 'report') {
      await storeReport(tx, { flagId: flag, revision, reporter: who, reason: sealWords(seal, reason, binding) });
    } else if (opened) {
      await recordAudit(tx, { communityId, who, what: 'raise', details: { flag, revision } });
    }
    await enqueueCards(tx, queues, [{ flag, platform: message.platform }]);
    return { card: (await firstCard(tx, seal, { communityId, flags: [flag] }))! };
  });
}

/** The message's flag: a new one, or the one it has, opened again for a text that no one has judged. */
async function openOrRelease(
  tx: Handle,
  locked: LockedMessage,
  origin: RaisedBy,
): Promise<{ flag: string; opened: boolean }> {
  const { message, revision, communityId, threshold } = locked;
  const before = locked.hasFlag ? await findFlagOf(tx, message) : null;
  if (before !== null && before.state !== 'withdrawn' && before.revision === revision) {
    await countChange(tx, before.flag, { release: true, raisedBy: origin });
    return { flag: before.flag, opened: false };
  }
  const row = { message, revision, communityId, threshold, origin, held: false, notify: null };
  const [found] = await openFlags(tx, [{ ...row, flag: randomUUID() }]);
  return { flag: found!.flag, opened: true };
}

function editedMeanwhile({ message }: Message): EvenkeelError {
  return new EvenkeelError('input', `Message ${message} was edited a moment ago`, {
    hint: 'Try again in a moment: its new text is being read.',
  });
}
