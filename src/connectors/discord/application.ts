import { ApplicationFlags, Routes } from 'discord.js';
import type { APIApplication, APIGatewayBotInfo, APIUser, REST } from 'discord.js';
import { SILENT } from '../../runtime/log.ts';
import type { Secret } from '../../runtime/secrets.ts';
import { createApi } from './api.ts';
import { commandDefinitions } from './command-definitions.ts';
import { explained, missingIntent } from './gateway.ts';

const MAY_READ = ApplicationFlags.GatewayMessageContent | ApplicationFlags.GatewayMessageContentLimited;

/** Who the bot is. Throws what a person can do about it where its token or its Message Content intent is missing. */
export async function checkApplication(rest: REST): Promise<{ application: string; name: string }> {
  try {
    const { id, flags } = (await rest.get(Routes.currentApplication())) as APIApplication;
    if (flags !== undefined && (flags & MAY_READ) === 0) throw missingIntent();
    const user = (await rest.get(Routes.user())) as APIUser;
    return { application: id, name: user.username };
  } catch (error) {
    throw explained(error);
  }
}

/** Puts all commands in place of those that Discord knows; those that did not change stay as they are. */
export async function publishCommands(rest: REST, application: string): Promise<void> {
  try {
    await rest.put(Routes.applicationCommands(application), { body: commandDefinitions() });
  } catch (error) {
    throw explained(error);
  }
}

/** Who the bot is and how many sessions it has left today, in a sentence; throws what keeps it from connecting. */
export async function probeDiscord(given: { token: Secret<string>; url: string }): Promise<string> {
  const rest = createApi(given, SILENT);
  const { name } = await checkApplication(rest);
  const { shards, session_start_limit: limit } = (await rest.get(Routes.gatewayBot())) as APIGatewayBotInfo;
  return `${name} may connect with ${shards} ${shards === 1 ? 'shard' : 'shards'}; ${limit.remaining} of ${limit.total} sessions left today`;
}
