import type { webApi } from '@slack/bolt';
import type { CommunityAddress, Message } from '../../domain/message.ts';
import type { Moderation } from '../moderation.ts';
import { isPassing } from './patience.ts';
import { BriefCache } from './brief-cache.ts';

/** How soon a change of the list holds. */
const LIST_MS = 5000;
/** How soon a change of a group holds. */
const MEMBERS_MS = 60_000;

/** User groups whose members a workspace ignores. Slack's events do not say which groups an author is in. */
export class IgnoredGroups {
  readonly #moderation: Pick<Moderation, 'ignored'>;
  readonly #lists = new BriefCache<string[]>(LIST_MS);
  readonly #members = new BriefCache<ReadonlySet<string>>(MEMBERS_MS);
  readonly #lastKnown = new Map<string, ReadonlySet<string>>();

  constructor(moderation: Pick<Moderation, 'ignored'>) {
    this.#moderation = moderation;
  }

  /** The posts of one workspace, each with the ignored groups that its author is in. Rejects where Slack cannot say. */
  async named(
    community: CommunityAddress,
    client: () => Promise<webApi.WebClient>,
    messages: readonly Message[],
  ): Promise<readonly Message[]> {
    const groups = await this.#lists.get(community.community, async () => {
      const ignored = await this.#moderation.ignored(community);
      return ignored.flatMap(({ kind, id }) => (kind === 'role' ? [id] : []));
    });
    if (groups.length === 0) return messages;
    const asked = await client();
    const members = await Promise.all(groups.map((group) => this.#membersOf(asked, community.community, group)));
    return messages.map((message) => {
      const authorRoles = groups.filter((_group, at) => members[at]!.has(message.author));
      return authorRoles.length === 0 ? message : { ...message, authorRoles };
    });
  }

  /** A group that is gone, or that the app may not look into, has no members for us. */
  #membersOf(client: webApi.WebClient, community: string, group: string): Promise<ReadonlySet<string>> {
    const key = `${community} ${group}`;
    return this.#members.get(key, async () => {
      try {
        const members = new Set((await client.usergroups.users.list({ usergroup: group })).users);
        this.#lastKnown.set(key, members);
        return members;
      } catch (error) {
        const known = this.#lastKnown.get(key);
        if (known === undefined && isPassing(error)) throw error;
        return known ?? new Set<string>();
      }
    });
  }
}
