import { ApplicationFlags, Routes } from 'discord.js';
import type { APIApplication, APIUser, REST } from 'discord.js';
import { commandDefinitions } from './command-definitions.ts';
import { explained, missingIntent } from './gateway.ts';

const MAY_READ = ApplicationFlags.GatewayMessageContent | ApplicationFlags.GatewayMessageContentLimited;

/** Who the bot is. Throws what a person can do about it where its token or its Message Content intent is missing. */
export async function checkApplication(rest: REST): Promise<{ application: string; user: string }> {
  try {
    const { id, flags } = (await rest.get(Routes.currentApplication())) as APIApplication;
    if (flags !== undefined && (flags & MAY_READ) === 0) throw missingIntent();
    const user = (await rest.get(Routes.user())) as APIUser;
    return { application: id, user: user.id };
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
