import { ApplicationFlags, DiscordAPIError, Routes } from 'discord.js';
import type { APIApplication, APIUser, REST } from 'discord.js';
import { messageOf } from '../../runtime/errors.ts';
import { SILENT } from '../../runtime/log.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Secret } from '../../runtime/secrets.ts';
import { createApi } from './api.ts';
import { commandDefinitions } from './command-definitions.ts';
import { Gaps } from './gaps.ts';
import { explained, MISSING_INTENT } from './gateway.ts';
import { gatewayInfo } from './gateway-info.ts';

const MAY_READ = ApplicationFlags.GatewayMessageContent | ApplicationFlags.GatewayMessageContentLimited;

/** Who the bot is. */
export interface Identity {
  application: string;
  user: string;
  name: string;
  /** Whether its Message Content intent is on; null where the server does not say. */
  mayRead: boolean | null;
}

/** Throws what a person can do about it where the bot's token is not accepted. */
export async function identify(rest: REST, gaps: Gaps): Promise<Identity> {
  try {
    const application = (await gaps
      .around('application', () => rest.get(Routes.currentApplication()))
      .catch(nullUnlessUnauthorized)) as Pick<APIApplication, 'id' | 'flags'> | null;
    const user = (await rest.get(Routes.user())) as APIUser;
    const flags = application?.flags;
    return {
      // Since 2016 a bot has the id of its application.
      application: application?.id ?? user.id,
      user: user.id,
      name: user.username,
      mayRead: flags === undefined ? null : (flags & MAY_READ) !== 0,
    };
  } catch (error) {
    throw explained(error);
  }
}

/** Who the bot is can be told without it, unless nobody knows the token. */
function nullUnlessUnauthorized(error: unknown): null {
  if (error instanceof DiscordAPIError && error.status !== 401) return null;
  throw error;
}

/**
 * Puts all commands in place of those that Discord knows; those that did not change stay as they are. Never rejects: cards
 * and their buttons work without.
 */
export async function publishCommands(
  { rest, gaps, log, signal }: { rest: REST; gaps: Gaps; log: Logger; signal: AbortSignal },
  application: string,
): Promise<void> {
  try {
    const body = commandDefinitions();
    await gaps.around('commands', () => rest.put(Routes.applicationCommands(application), { body, signal }));
  } catch (error) {
    if (!signal.aborted) log.error('slash commands could not be registered', { reason: messageOf(error) });
  }
}

/**
 * Who the bot is, how many sessions it has left today and what the server lacks, in a sentence; throws what keeps it from
 * connecting.
 */
export async function probeDiscord(
  given: { token: Secret<string>; url: string },
  log: Logger = SILENT,
): Promise<string> {
  const rest = createApi(given, log);
  const gaps = new Gaps(log);
  const { name, mayRead } = await identify(rest, gaps);
  const { shards, session_start_limit: limit } = await gatewayInfo(rest, gaps);
  return [
    `${name} may connect with ${shards} ${shards === 1 ? 'shard' : 'shards'}; ${limit.remaining} of ${limit.total} sessions left today`,
    ...(mayRead === false ? [MISSING_INTENT.message] : []),
    ...(gaps.found.length > 0 ? [`this server lacks ${gaps.found.join(', ')}`] : []),
  ].join('; ');
}
