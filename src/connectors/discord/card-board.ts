import { createHash } from 'node:crypto';
import { PermissionFlagsBits, Routes } from 'discord.js';
import type { APIMessage, REST } from 'discord.js';
import type { Card, CardSummary } from '../../domain/flag.ts';
import type { WeeklyReport } from '../../domain/lesson.ts';
import type { CommunityAddress } from '../../domain/message.ts';
import type { Settings } from '../../domain/settings.ts';
import { EvenkeelError } from '../../runtime/errors.ts';
import type { Words } from '../../words/words.ts';
import type { CardReference } from '../connector.ts';
import type { Moderation } from '../moderation.ts';
import { isRefused, UncertainPost } from './api.ts';
import { cardLayout, summaryLayout } from './card.ts';
import { isLaidOut } from './classic.ts';
import type { CardRights } from './card.ts';
import { customId } from '../custom-id.ts';
import type { Gaps } from './gaps.ts';
import type { GuildDirectory } from './guild-directory.ts';
import type { Layout } from './layout.ts';
import { placeOfLink } from './message.ts';
import { has } from './permissions.ts';
import type { Speech } from './speech.ts';
import { reportLayout, reportMarker } from './report.ts';
import { isLater, snowflakeAt } from './snowflake.ts';

const PAGE = 100;
/** How many pages back a card is looked for. */
const PAGES = 5;

/** How often a card is posted that may or may not have been. */
const ATTEMPTS = 4;
const WAIT_MS = 250;

/** How long a channel that refused a card is not asked again. */
const REFUSED_MS = 60_000;

export interface BoardParts {
  moderation: Pick<Moderation, 'settings'>;
  rest: REST;
  gaps: Gaps;
  directory: GuildDirectory;
  speech: Speech;
  /** A guild's review channel takes no cards. */
  onRefused: (community: CommunityAddress) => void;
}

/** A card as it is to be posted. */
interface Posting {
  community: CommunityAddress;
  /** Where a new one goes; null where there is no place for it yet. */
  reviewChannel: string | null;
  /** What the nonce is made of. */
  key: string;
  /** A custom id that only this card has. */
  marker: string;
  /** The card cannot be older. */
  since: Date;
  /** Whether it comes back where someone deleted it. */
  lasting: boolean;
  /** There can be none of it yet. */
  isFirst: boolean;
  /** `first`: it is posted now, and not redrawn. */
  draw(first: boolean): Layout;
}

/** The cards in review channels: one for each flag, posted once and redrawn in its place. */
export class CardBoard {
  readonly #parts: BoardParts;
  readonly #closed = new Map<string, number>();
  readonly #settings = new Map<string, Promise<Settings>>();
  readonly #asked = new Map<string, Promise<APIMessage[]>>();

  constructor(parts: BoardParts) {
    this.#parts = parts;
  }

  async show(card: Card, reference: CardReference | null, isFirst = false): Promise<CardReference> {
    const { platform, community } = card.message;
    const { words, reviewChannel } = await this.#settingOf({ platform, community });
    const rights = this.rightsFor(card);
    const posting: Posting = {
      community: { platform, community },
      reviewChannel,
      key: card.flag,
      marker: `:${card.flag}`,
      since: card.postedAt,
      lasting: card.state === 'open',
      isFirst,
      draw: (ping) => cardLayout(card, { words, rights, now: new Date(), ping }),
    };
    return this.#place(posting, reference);
  }

  async showSummary(summary: CardSummary, reference: CardReference | null): Promise<CardReference> {
    const { id, channel, hour } = summary;
    const { words, reviewChannel } = await this.#settingOf(channel);
    const marker = customId('queue', channel.channel, id);
    const draw = (): Layout => summaryLayout(summary, words);
    const where = { community: channel, reviewChannel };
    return this.#place({ ...where, key: marker, marker, since: hour, lasting: false, isFirst: false, draw }, reference);
  }

  async showReport(report: WeeklyReport, reference: CardReference | null): Promise<CardReference> {
    const { id, community, day } = report;
    const { words, reviewChannel } = await this.#settingOf(community);
    const marker = reportMarker(id);
    const draw = (): Layout => reportLayout(report, words);
    const where = { community, reviewChannel };
    return this.#place(
      { ...where, key: marker, marker, since: new Date(day), lasting: false, isFirst: false, draw },
      reference,
    );
  }

  /** What the bot may do where a card's post is. Unknown guilds are another process's: there the click will tell. */
  rightsFor({ message, link }: Pick<Card, 'message' | 'link'>): CardRights {
    const channel = placeOfLink(link)?.channel ?? message.channel;
    const bits = this.#parts.directory.ownRightsIn(message.community, channel);
    return {
      delete: bits === null || has(bits, PermissionFlagsBits.ManageMessages),
      timeout: bits === null || has(bits, PermissionFlagsBits.ModerateMembers),
    };
  }

  /** The language of a community's cards and where they go. Cards that are drawn at the same time ask for it once. */
  async #settingOf({ platform, community }: CommunityAddress): Promise<{ words: Words; reviewChannel: string | null }> {
    const { moderation, speech } = this.#parts;
    const asking =
      this.#settings.get(community) ??
      moderation.settings({ platform, community }).finally(() => this.#settings.delete(community));
    this.#settings.set(community, asking);
    const settings = await asking;
    return { words: speech.inGuild(community, settings), reviewChannel: settings.reviewChannel };
  }

  async #place(posting: Posting, reference: CardReference | null): Promise<CardReference> {
    const { channel, message } = reference ?? {};
    if (channel !== undefined && message !== undefined) {
      if (await this.#redraw(channel, message, posting.draw(false))) return { channel, message };
      if (!posting.lasting) return { channel, message };
    }
    const { reviewChannel } = posting;
    // Nowhere to show it yet; it waits in the queue.
    if (reviewChannel === null) return {};
    const until = this.#closed.get(reviewChannel) ?? 0;
    if (until > performance.now()) throw closed(reviewChannel);
    try {
      return await this.#post(reviewChannel, posting, message);
    } catch (error) {
      if (!isRefused(error, 'missingAccess', 'missingPermissions', 'unknownChannel')) throw error;
      this.#closed.set(reviewChannel, performance.now() + REFUSED_MS);
      this.#parts.onRefused(posting.community);
      throw closed(reviewChannel);
    }
  }

  /**
   * Discord recognizes a repeated post by its nonce, for a few minutes. A process may have been killed between a post and
   * the note of it, and other servers know no nonces: so it is looked for before every attempt but the very first, which
   * then costs one request.
   */
  async #post(channel: string, posting: Posting, gone: string | undefined): Promise<CardReference> {
    const body = posting.draw(true);
    const nonce = createHash('sha256')
      .update(`${posting.key} ${gone ?? ''}`)
      .digest('base64url')
      .slice(0, 25);
    for (let attempt = 1; ; attempt += 1) {
      const isNew = posting.isFirst && gone === undefined && attempt === 1;
      const found = isNew ? null : await this.#find(channel, posting, attempt > 1);
      if (found !== null) {
        await this.#redraw(channel, found, posting.draw(false));
        return { channel, message: found };
      }
      try {
        const posted = (await this.#parts.rest.post(Routes.channelMessages(channel), {
          body: { ...body, nonce, enforce_nonce: true },
        })) as APIMessage;
        // With a nonce that it knows, Discord answers with what was posted then: perhaps an older state.
        if (isLaidOut(posted) && textsOf(posted.components) !== textsOf(body.components))
          await this.#redraw(channel, posted.id, posting.draw(false));
        return { channel, message: posted.id };
      } catch (error) {
        if (!(error instanceof UncertainPost) || attempt === ATTEMPTS) throw error;
        await new Promise((resolve) => setTimeout(resolve, WAIT_MS * attempt));
      }
    }
  }

  /** False where it is gone. */
  async #redraw(channel: string, message: string, body: Layout): Promise<boolean> {
    try {
      await this.#parts.rest.patch(Routes.channelMessage(channel, message), { body });
      return true;
    } catch (error) {
      if (isRefused(error, 'unknownMessage', 'unknownChannel')) return false;
      throw error;
    }
  }

  /** A card that was posted already. `anew`: no answer from before this moment will do. */
  async #find(channel: string, { marker, since }: Posting, anew: boolean): Promise<string | null> {
    const oldest = snowflakeAt(since);
    let messages = await this.#newest(channel, anew);
    for (let page = 1; ; page += 1) {
      const own = messages.find(
        ({ author, components }) => this.#isSelf(author.id) && idsOf(components).some((id) => id.endsWith(marker)),
      );
      if (own !== undefined) return own.id;
      const before = messages.at(-1)?.id;
      if (messages.length < PAGE || page === PAGES || before === undefined || !isLater(before, oldest)) return null;
      messages = await this.#read(channel, { before });
    }
  }

  /** The newest messages of a channel; cards that are posted at the same time ask for them once. */
  async #newest(channel: string, anew: boolean): Promise<APIMessage[]> {
    const asked = anew ? undefined : this.#asked.get(channel);
    if (asked !== undefined) return asked;
    const asking = this.#read(channel, {}).finally(() => this.#asked.delete(channel));
    this.#asked.set(channel, asking);
    return asking;
  }

  async #read(channel: string, where: { before?: string }): Promise<APIMessage[]> {
    const { rest, gaps } = this.#parts;
    const query = new URLSearchParams({ limit: String(PAGE), ...where });
    const messages = await gaps.around('history', () => rest.get(Routes.channelMessages(channel), { query }));
    return ((messages as APIMessage[] | null) ?? []).toSorted((one, other) => (isLater(one.id, other.id) ? -1 : 1));
  }

  #isSelf(user: string): boolean {
    return this.#parts.directory.self('').user === user;
  }
}

function closed(channel: string): EvenkeelError {
  return new EvenkeelError('config', `The bot may not post cards in the review channel ${channel}`, {
    hint: 'Give it View Channel, Send Messages and Read Message History there; /keel-admin doctor names what is missing.',
  });
}

/** Every custom id in a message, at whatever depth. */
function idsOf(components: unknown): string[] {
  return [...JSON.stringify(components ?? []).matchAll(/"custom_id":"([^"]+)"/g)].map(([, id]) => id!);
}

/** Every text and label of a message, in order. */
function textsOf(components: unknown): string {
  const found = JSON.stringify(components ?? []).matchAll(/"(?:content|label)":"((?:[^"\\]|\\.)*)"/g);
  return [...found].map(([, text]) => text!.trim()).join('\n');
}
