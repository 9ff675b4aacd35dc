import type { webApi } from '@slack/bolt';
import type { Settings } from '../../domain/settings.ts';
import { EvenkeelError } from '../../runtime/errors.ts';
import type { Moderation } from '../moderation.ts';
import { isRefused, isUnknownMethod } from './api-errors.ts';
import { BriefCache } from './brief-cache.ts';
import { isGroupId } from './mrkdwn.ts';
import type { People } from './people.ts';

const KEEP_MS = 30_000;
const PAGE = 1000;

/** What someone may do, and where moderators are found: for whoever may not. */
export interface Rights {
  moderator: boolean;
  administrator: boolean;
  reviewChannel: string | null;
}

/**
 * Who may do what. Moderators are the members of the review channel and of the user group that its cards ping; before
 * there is such a channel, administrators are. Administrators are the workspace's own: they change settings, but see what
 * is said in private channels only where they were invited to review it. Where Slack does not answer, nobody may anything.
 */
export class Access {
  readonly #moderation: Pick<Moderation, 'settings'>;
  readonly #people: People;
  readonly #members = new BriefCache<ReadonlySet<string>>(KEEP_MS);

  constructor(moderation: Pick<Moderation, 'settings'>, people: People) {
    this.#moderation = moderation;
    this.#people = people;
  }

  async rightsOf(client: webApi.WebClient, community: string, user: string): Promise<Rights> {
    const settings = await this.#moderation.settings({ platform: 'slack', community });
    const { reviewChannel } = settings;
    try {
      const { present, administrator } = await this.#people.ask(client, community, user);
      if (!present) return { moderator: false, administrator: false, reviewChannel };
      const moderator =
        reviewChannel === null ? administrator : await this.#isModerator(client, community, user, settings);
      return { moderator, administrator, reviewChannel };
    } catch (error) {
      throw new UnsureError(error);
    }
  }

  /** Whether someone may read a channel: its members may. */
  async isIn(client: webApi.WebClient, community: string, channel: string, user: string): Promise<boolean> {
    try {
      return (await this.#membersOf(client, community, channel)).has(user);
    } catch (error) {
      throw new UnsureError(error);
    }
  }

  async #isModerator(client: webApi.WebClient, community: string, user: string, settings: Settings): Promise<boolean> {
    const { reviewChannel, notify } = settings;
    if (reviewChannel !== null && (await this.#membersOf(client, community, reviewChannel)).has(user)) return true;
    const group = notify.role;
    if (group === null || !isGroupId(group)) return false;
    const members = await this.#members.get(`${community} ${group}`, async () => {
      try {
        return new Set((await client.usergroups.users.list({ usergroup: group })).users);
      } catch (error) {
        if (isUnknownMethod(error)) return new Set<string>();
        throw error;
      }
    });
    return members.has(user);
  }

  /** A channel that is gone, or that the bot is not in, has no members for us. */
  #membersOf(client: webApi.WebClient, community: string, channel: string): Promise<ReadonlySet<string>> {
    return this.#members.get(`${community} ${channel}`, async () => {
      const members = new Set<string>();
      try {
        for (let cursor: string | undefined = ''; cursor !== undefined;) {
          const page = await client.conversations.members({
            channel,
            limit: PAGE,
            ...(cursor !== '' && { cursor }),
          });
          for (const member of page.members ?? []) members.add(member);
          cursor = page.response_metadata?.next_cursor || undefined;
        }
      } catch (error) {
        if (!isRefused(error, 'channel_not_found', 'not_in_channel')) throw error;
      }
      return members;
    });
  }
}

/** Slack could not be asked, so nothing may be done. */
export class UnsureError extends EvenkeelError {
  constructor(cause: unknown) {
    super('network', 'Slack did not say who someone is', {
      hint: 'The bot needs the scopes users:read and groups:read; deploy/slack-manifest.yaml has them all.',
      cause,
    });
  }
}
