import type { types } from '@slack/bolt';
import type { Card } from '../../domain/flag.ts';
import type { Words } from '../../words/words.ts';
import type { Answer } from '../answer.ts';
import type { QueueFilter } from '../moderation.ts';
import { queueIds } from '../queue-place.ts';
import { button, page } from './blocks.ts';
import { cardMessage } from './card.ts';
import type { DeskParts } from './desk-parts.ts';
import type { Inquiry } from './inquiry.ts';
import { escaped } from './mrkdwn.ts';
import { setupForm } from './setup-form.ts';

/** Text of a file that one answer takes, in UTF-16 units. */
const FILE_LIMIT = 8_000_000;

/** Says an answer as Slack shows it, to the one who asked. */
export async function tellAnswer(parts: DeskParts, inquiry: Inquiry, answer: Answer, words: Words): Promise<void> {
  if (answer.kind === 'setup') return inquiry.open(await setupForm(parts, inquiry, words));
  await inquiry.tell(await blocksOf(parts, inquiry, answer, words), words);
}

export async function blocksOf(
  parts: DeskParts,
  inquiry: Inquiry,
  answer: Exclude<Answer, { kind: 'setup' }>,
  words: Words,
): Promise<types.KnownBlock[]> {
  switch (answer.kind) {
    case 'lines':
      return page(answer.lines);
    case 'card':
      return privateCard(parts, answer.card, words);
    case 'queue': {
      const { card, at, waiting, filter } = answer;
      if (card === null) return page([words.say('queue.empty')]);
      return privateCard(parts, card, words, { filter, at, more: waiting > at + 1 });
    }
    case 'forget':
      return page(answer.lines, button('forget', [], words.say('button.confirmForget'), 'danger'));
    case 'threshold': {
      const ids = [String(answer.value), answer.channel ?? ''];
      return page(answer.lines, button('save-threshold', ids, words.say('button.save'), 'primary'));
    }
    case 'file':
      await sendFile(inquiry, answer.name, answer.pieces);
      return page([...answer.lines, words.say('done.sentFile', { name: escaped(answer.name) })]);
  }
}

/** A card for one person's eyes; in a queue its buttons know where it stands. */
export async function privateCard(
  { workspaces }: Pick<DeskParts, 'workspaces'>,
  card: Card,
  words: Words,
  queue?: { filter: QueueFilter; at: number; more: boolean },
): Promise<types.KnownBlock[]> {
  const deleter = await workspaces.deleter(card.message.community);
  const place = queue === undefined ? [] : queueIds(queue.filter, queue.at);
  const next = queue?.more === true ? nextPlace(card, queue.filter, queue.at) : null;
  const extra = next === null ? [] : [button('next', next, words.say('button.next'))];
  return cardMessage(card, { words, now: new Date(), deletesAs: deleter?.admin ?? null, place, extra }).blocks;
}

/** An answered card has left the queue, so the next one stands where it stood. */
function nextPlace(card: Card, filter: QueueFilter, at: number): string[] {
  return queueIds(filter, card.state === 'open' ? at + 1 : at);
}

/** Into the direct messages of whoever asked: a file in a channel would be everyone's. */
async function sendFile({ client, user }: Inquiry, name: string, pieces: AsyncIterable<string>): Promise<void> {
  const content = await gathered(pieces);
  const { channel } = await client.conversations.open({ users: user });
  if (channel?.id === undefined) throw new Error('Slack opened no direct message');
  await client.files.uploadV2({ channel_id: channel.id, filename: name, title: name, file: Buffer.from(content) });
}

async function gathered(pieces: AsyncIterable<string>): Promise<string> {
  const whole: string[] = [];
  let length = 0;
  for await (const piece of pieces) {
    length += piece.length;
    if (length > FILE_LIMIT) break;
    whole.push(piece);
  }
  // Slack takes no empty file.
  return length === 0 ? '\n' : whole.join('');
}
