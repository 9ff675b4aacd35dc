import type { webApi } from '@slack/bolt';
import type { Finding } from '../../domain/finding.ts';
import { isRefused } from './api-errors.ts';

/** What the bot asks for, as deploy/slack-manifest.yaml says and explains. */
export const SCOPES = [
  'channels:history',
  'channels:read',
  'chat:write',
  'commands',
  'files:write',
  'groups:history',
  'groups:read',
  'im:write',
  'users:read',
] as const;

/** What the bot lacks in a workspace: scopes, and its review channel. */
export async function examine(client: webApi.WebClient, reviewChannel: string | null): Promise<Finding[]> {
  const { response_metadata: about } = await client.auth.test();
  const given = about?.scopes;
  const missing = given === undefined ? [] : SCOPES.filter((scope) => !given.includes(scope));
  const findings: Finding[] = missing.map((permission) => ({
    kind: 'missing-permission',
    level: 'problem',
    channel: null,
    permission,
  }));
  if (reviewChannel !== null && !(await isOpenTo(client, reviewChannel))) {
    findings.push({ kind: 'review-channel-gone', level: 'problem', channel: reviewChannel });
  }
  return findings;
}

async function isOpenTo(client: webApi.WebClient, channel: string): Promise<boolean> {
  try {
    const { channel: found } = await client.conversations.info({ channel });
    return found?.is_member !== false && found?.is_archived !== true;
  } catch (error) {
    if (isRefused(error, 'channel_not_found', 'not_in_channel')) return false;
    // Without the scope it cannot be told; that the scope is missing is told already.
    if (isRefused(error, 'missing_scope', 'unknown_method')) return true;
    throw error;
  }
}
