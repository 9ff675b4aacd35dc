import type { webApi } from '@slack/bolt';
import { isUnknownMethod } from './api-errors.ts';
import { BriefCache } from './brief-cache.ts';

/** Who someone is in a workspace, as far as rights and words go. */
export interface Person {
  /** A workspace's admins and owners, as Slack itself names them. Guests, bots and former members never are. */
  administrator: boolean;
  /** Whether they are there at all: not deactivated, no bot. */
  present: boolean;
  /** `pt-BR`; null where Slack does not say. */
  locale: string | null;
}

const KEEP_MS = 30_000;

/** People of workspaces, asked of Slack and remembered for half a minute. */
export class People {
  readonly #known = new BriefCache<Person>(KEEP_MS);
  readonly #locales = new Map<string, string | null>();

  /** Rejects where Slack does not answer: whoever cannot be told may do nothing. */
  ask(client: webApi.WebClient, community: string, user: string): Promise<Person> {
    const key = `${community} ${user}`;
    return this.#known.get(key, async () => {
      const found = await infoOf(client, user);
      const present = found !== undefined && found.deleted !== true && found.is_bot !== true;
      const guest = found?.is_restricted === true || found?.is_ultra_restricted === true || found?.is_stranger === true;
      const person = {
        present,
        administrator:
          present && !guest && (found.is_admin === true || found.is_owner === true || found.is_primary_owner === true),
        locale: found?.locale ?? null,
      };
      this.#locales.set(key, person.locale);
      return person;
    });
  }

  /** Their locale as it was last heard, without asking; undefined before. */
  localeHeard(community: string, user: string): string | null | undefined {
    return this.#locales.get(`${community} ${user}`);
  }
}

/** Where there is no such method, whoever acts is there, and nobody is known to administer. */
async function infoOf(client: webApi.WebClient, user: string): Promise<webApi.UsersInfoResponse['user']> {
  try {
    return (await client.users.info({ user, include_locale: true })).user;
  } catch (error) {
    if (isUnknownMethod(error)) return { id: user };
    throw error;
  }
}
