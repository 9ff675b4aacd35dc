import type { webApi } from '@slack/bolt';
import type { Card, CardSummary } from '../../domain/flag.ts';
import type { WeeklyReport } from '../../domain/lesson.ts';
import type { CommunityAddress } from '../../domain/message.ts';
import { EvenkeelError } from '../../runtime/errors.ts';
import type { CardReference } from '../connector.ts';
import type { Moderation } from '../moderation.ts';
import { isRefused } from './api-errors.ts';
import { cardMessage, summaryMessage } from './card.ts';
import type { SlackMessage } from './card.ts';
import type { DeskParts } from './desk-parts.ts';
import { reportMessage } from './report.ts';
import type { Speech } from './speech.ts';
import type { Workspace } from './workspaces.ts';

/** How long a channel that refused a card is not asked again. */
const REFUSED_MS = 60_000;

/** Why a channel takes no message, whatever is in it. */
const REFUSALS = ['channel_not_found', 'not_in_channel', 'is_archived', 'restricted_action', 'missing_scope'] as const;

/** A message that is to be in a channel once, however often it is posted. */
export interface Posting {
  channel: string;
  /** Tells it from every other message of ours: Slack keeps it with the message. */
  key: string;
  /** It cannot have been posted before. */
  since: Date;
  message: SlackMessage;
}

/** Posts a message unless an earlier attempt has; resolves to where it is. */
export type PostOnce = (workspace: Workspace, posting: Posting) => Promise<{ ts: string; found: boolean }>;

export interface BoardParts {
  moderation: Pick<Moderation, 'settings'>;
  workspaces: DeskParts['workspaces'];
  speech: Speech;
  postOnce: PostOnce;
  /** Calls Slack again where it asks to wait. */
  patiently: <T>(call: () => Promise<T>) => Promise<T>;
}

/** A card as it is to be posted. */
interface Drawing {
  community: CommunityAddress;
  key: string;
  since: Date;
  /** Whether it comes back where someone deleted it. */
  lasting: boolean;
  /** `first`: it is posted now, and not redrawn. */
  draw(first: boolean): SlackMessage;
}

/** The cards in review channels: one for each flag, posted once and redrawn in its place. */
export class CardBoard {
  readonly #parts: BoardParts;
  readonly #closed = new Map<string, number>();

  constructor(parts: BoardParts) {
    this.#parts = parts;
  }

  async show(card: Card, reference: CardReference | null): Promise<CardReference> {
    const { speech, workspaces } = this.#parts;
    const { platform, community } = card.message;
    const [words, deleter] = await Promise.all([speech.ofWorkspace(community), workspaces.deleter(community)]);
    const deletesAs = deleter?.admin ?? null;
    return this.#place(
      {
        community: { platform, community },
        key: card.flag,
        since: card.postedAt,
        lasting: card.state === 'open',
        draw: (ping) => cardMessage(card, { words, deletesAs, now: new Date(), ping }),
      },
      reference,
    );
  }

  async showSummary(summary: CardSummary, reference: CardReference | null): Promise<CardReference> {
    const { id, channel, hour } = summary;
    const words = await this.#parts.speech.ofWorkspace(channel.community);
    const draw = (): SlackMessage => summaryMessage(summary, words);
    return this.#place({ community: channel, key: `summary:${id}`, since: hour, lasting: false, draw }, reference);
  }

  async showReport(report: WeeklyReport, reference: CardReference | null): Promise<CardReference> {
    const { id, community, day } = report;
    const words = await this.#parts.speech.ofWorkspace(community.community);
    const draw = (): SlackMessage => reportMessage(report, words);
    return this.#place({ community, key: `report:${id}`, since: new Date(day), lasting: false, draw }, reference);
  }

  async #place(drawing: Drawing, reference: CardReference | null): Promise<CardReference> {
    const workspace = await this.#parts.workspaces.of(drawing.community.community);
    const { client } = workspace;
    const { channel, message } = reference ?? {};
    if (channel !== undefined && message !== undefined) {
      if (await this.#redraw(client, channel, message, drawing.draw(false))) return { channel, message };
      if (!drawing.lasting) return { channel, message };
    }
    const { platform, community } = drawing.community;
    const { reviewChannel } = await this.#parts.moderation.settings({ platform, community });
    // Nowhere to show it yet; it waits in the queue.
    if (reviewChannel === null) return {};
    if ((this.#closed.get(reviewChannel) ?? 0) > performance.now()) throw closed(reviewChannel);
    try {
      // One that was deleted on purpose is not the one that is posted now.
      const key = message === undefined ? drawing.key : `${drawing.key}:${message}`;
      const posting = { channel: reviewChannel, key, since: drawing.since, message: drawing.draw(true) };
      const { ts, found } = await this.#parts.postOnce(workspace, posting);
      // What was posted then may be an older state.
      if (found) await this.#redraw(client, reviewChannel, ts, drawing.draw(false));
      return { channel: reviewChannel, message: ts };
    } catch (error) {
      if (!isRefused(error, ...REFUSALS)) throw error;
      this.#closed.set(reviewChannel, performance.now() + REFUSED_MS);
      throw closed(reviewChannel);
    }
  }

  /** False where it is gone. */
  async #redraw(client: webApi.WebClient, channel: string, ts: string, message: SlackMessage): Promise<boolean> {
    try {
      await this.#parts.patiently(() => client.chat.update({ channel, ts, ...message }));
      return true;
    } catch (error) {
      if (isRefused(error, 'message_not_found', 'channel_not_found', 'cant_update_message', 'not_in_channel'))
        return false;
      throw error;
    }
  }
}

function closed(channel: string): EvenkeelError {
  return new EvenkeelError('config', `The bot may not post cards in the review channel ${channel}`, {
    hint: 'Write /invite @Evenkeel there; /keel doctor names what is missing.',
  });
}
