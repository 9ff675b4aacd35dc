import type { Moderation } from '../connectors/moderation.ts';
import type { CommunityDesk } from '../console/communities.ts';
import type { Sessions } from '../console/operator-access.ts';
import type { SignInProvider } from '../domain/sign-in.ts';
import type { Config } from '../runtime/config.ts';
import type { Logger } from '../runtime/log.ts';
import type { Secret } from '../runtime/secrets.ts';
import { addSession, findSession, listCommunities, removeSession } from '../store/console-sessions.ts';
import type { Database } from '../store/database.ts';
import { installationsOf } from '../store/installations.ts';
import type { Seal } from '../store/seal.ts';

/** Communities that an operator's page lists. */
const MOST_COMMUNITIES = 1000;

interface ConsoleParts {
  database: Database;
  seal: Seal;
  moderation: Moderation;
  log: Logger;
  signal: AbortSignal;
}

/** Who is let in where others can reach the page: whoever has its token, and moderators by the platforms that are set up. */
export async function consoleAccess(
  token: Secret<string>,
  config: Pick<Config, 'signIn' | 'slack' | 'discordUrl'>,
  parts: ConsoleParts,
): Promise<{ token: Secret<string>; sessions: Sessions; providers: SignInProvider[] }> {
  const { database } = parts;
  const sessions: Sessions = {
    add: (session) => database.transaction((tx) => addSession(tx, session)),
    find: (hash) => findSession(database.handle, hash),
    remove: (hash) => removeSession(database.handle, hash),
  };
  return { token, sessions, providers: await signInProviders(config, parts) };
}

export function communityDesk({ database, moderation }: Pick<ConsoleParts, 'database' | 'moderation'>): CommunityDesk {
  return { ...moderation, list: () => listCommunities(database.handle, MOST_COMMUNITIES) };
}

/** The packages of a platform are loaded only where it is set up. */
async function signInProviders(
  { signIn, slack, discordUrl }: Pick<Config, 'signIn' | 'slack' | 'discordUrl'>,
  { database, seal, moderation, log, signal }: ConsoleParts,
): Promise<SignInProvider[]> {
  const providers: SignInProvider[] = [];
  if (signIn.discord !== null) {
    const { createDiscordSignIn } = await import('../connectors/discord/sign-in.ts');
    providers.push(createDiscordSignIn({ ...signIn.discord, url: discordUrl }));
  }
  if (signIn.slack !== null && slack !== null) {
    const { createSlackSignIn } = await import('../connectors/slack/sign-in.ts');
    const installations = slack.botToken === null ? installationsOf(database.handle, seal, 'slack') : null;
    const { apiUrl, botToken } = slack;
    providers.push(createSlackSignIn({ ...signIn.slack, apiUrl, botToken, installations, moderation, log, signal }));
  }
  return providers;
}
