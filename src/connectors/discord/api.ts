import { DefaultRestOptions, DiscordAPIError, RESTEvents } from 'discord.js';
import type { REST, RESTOptions } from 'discord.js';
import { EvenkeelError, messageOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Secret } from '../../runtime/secrets.ts';
import { InvalidRequests } from './invalid-requests.ts';
import { LenientRest } from './lenient-rest.ts';

/** Discord's limit for all requests of a bot, except the answers to interactions. */
const REQUESTS_PER_SECOND = 50;

/**
 * Discord's REST API: waits where a limit says so and repeats what failed on Discord's side. `share` is this process's
 * part of the bot's shards, and so of its requests.
 */
export function createApi(
  { token, url, share = 1 }: { token: Secret<string>; url: string; share?: number },
  log: Logger,
): REST {
  const invalid = new InvalidRequests();
  const makeRequest: RESTOptions['makeRequest'] = async (address, init) => {
    invalid.check();
    const isPost = init.method === 'POST' && POSTS.test(address);
    const response = await DefaultRestOptions.makeRequest(address, init).catch(
      isPost ? throwUncertain : throwRepeatable,
    );
    if (isPost && response.status >= 500) throw new UncertainPost(`the server answered with ${response.status}`);
    invalid.count(response.status, response.headers.get('X-RateLimit-Scope'));
    return response;
  };
  const options = { api: url, version: '10', globalRequestsPerSecond: requestsOf(share), makeRequest };
  const rest = new LenientRest(options, () =>
    log.warn('this server takes no messages of components: cards and answers are embeds with buttons'),
  ).setToken(token.reveal());
  rest.on(RESTEvents.RateLimited, ({ route, timeToReset, global }) =>
    log.debug('waits for a rate limit', { route, ms: timeToReset, global }),
  );
  return rest;
}

/** Changes a process's part of the bot's requests, which the package looks up every second. */
export function shareRequests(rest: REST, share: number): void {
  rest.options.globalRequestsPerSecond = requestsOf(share);
}

function requestsOf(share: number): number {
  return Math.max(1, Math.floor(REQUESTS_PER_SECOND * share));
}

/** A message that may have been posted: it is looked for before it is posted again. */
export class UncertainPost extends EvenkeelError {
  constructor(reason: string, cause?: unknown) {
    super('network', `A message may or may not have been posted: ${reason}`, {
      hint: 'It is looked for and, if it is not there, posted again.',
      cause,
    });
  }
}

const POSTS = /\/channels\/\d+\/messages$/;

/** What was never sent is not uncertain. */
function throwUncertain(error: unknown): never {
  if (error instanceof Error && 'code' in error && UNSENT.has(String(error.code))) throwRepeatable(error);
  throw new UncertainPost(messageOf(error), error);
}

/**
 * A connection that broke off, as the package knows it: then it tries again. All else that we ask may be asked twice: a
 * second answer to an interaction is refused.
 */
function throwRepeatable(error: unknown): never {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  if (!REPEATABLE.has(code)) throw error;
  throw Object.assign(new Error(`ECONNRESET: ${messageOf(error)}`, { cause: error }), { code: 'ECONNRESET' });
}

const UNSENT = new Set(['UND_ERR_CONNECT_TIMEOUT', 'ECONNREFUSED']);
const REPEATABLE = new Set(['UND_ERR_SOCKET', 'UND_ERR_CONNECT_TIMEOUT', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT']);

/** Discord's codes (topics/opcodes-and-status-codes) that mean something to us. */
export const CODES = {
  unknownChannel: 10003,
  unknownGuild: 10004,
  unknownMessage: 10008,
  unknownMember: 10007,
  unknownInteraction: 10062,
  acknowledged: 40060,
  missingAccess: 50001,
  missingPermissions: 50013,
} as const;

/** Whether Discord refused with one of these codes. */
export function isRefused(error: unknown, ...codes: (keyof typeof CODES)[]): error is DiscordAPIError {
  return error instanceof DiscordAPIError && codes.some((code) => CODES[code] === error.code);
}
