import type { ReceiverEvent } from '@slack/bolt';
import { fieldsOf, listOf, textOf, workspaceOf } from './fields.ts';
import type { Fields } from './fields.ts';
import type { RawMessage } from './message.ts';

/** What an event of Slack's is about, as far as it is ours. */
export type Told =
  | { kind: 'posted'; channel: string; message: RawMessage }
  | { kind: 'changed'; channel: string; message: RawMessage; before: RawMessage | null; at: string | undefined }
  | { kind: 'removed'; channel: string; ts: string; at: string | undefined }
  /** The app was taken out of the workspace, or of the organization. */
  | { kind: 'left' }
  /** Slack left out events of this workspace. */
  | { kind: 'limited' };

export interface Envelope {
  /** Null where Slack gives none. */
  id: string | null;
  /** The workspace whose installation it is for; empty where Slack names none: then there is only one. */
  community: string;
  enterprise: string | null;
  /** The installation is of the whole organization. */
  orgWide: boolean;
  told: Told;
}

/** Direct messages are nobody's to moderate. */
const CHANNELS = new Set(['channel', 'group', undefined]);

/** Null for what is not ours to hear, or is not as Slack writes it. */
export function readEnvelope(body: ReceiverEvent['body']): Envelope | null {
  const fields = fieldsOf(body) ?? {};
  const [authorization] = listOf(fields['authorizations']);
  const community = workspaceOf(authorization?.['team_id'], fields['context_team_id'], fields['team_id']) ?? '';
  const told = fields['type'] === 'app_rate_limited' ? ({ kind: 'limited' } as const) : readEvent(fields['event']);
  if (told === null) return null;
  return {
    id: textOf(fields['event_id']),
    community,
    enterprise: textOf(authorization?.['enterprise_id']) ?? textOf(fields['enterprise_id']),
    orgWide: authorization?.['is_enterprise_install'] === true,
    told,
  };
}

function readEvent(value: unknown): Told | null {
  const event = fieldsOf(value);
  if (event === null) return null;
  if (event['type'] === 'app_uninstalled') return { kind: 'left' };
  if (event['type'] === 'tokens_revoked') {
    const bots = fieldsOf(event['tokens'])?.['bot'];
    return Array.isArray(bots) && bots.length > 0 ? { kind: 'left' } : null;
  }
  return event['type'] === 'message' ? readMessage(event) : null;
}

function readMessage(event: Fields): Told | null {
  const channel = textOf(event['channel']);
  const at = textOf(event['event_ts']) ?? textOf(event['ts']) ?? undefined;
  // Whoever does not say what kind of channel it is says so by its id.
  if (channel === null || channel.startsWith('D') || !CHANNELS.has(event['channel_type'] as string | undefined))
    return null;
  switch (event['subtype']) {
    case 'message_changed': {
      const message = fieldsOf(event['message']);
      if (message === null) return null;
      return { kind: 'changed', channel, message, before: fieldsOf(event['previous_message']), at };
    }
    case 'message_deleted': {
      const ts = textOf(event['deleted_ts']);
      return ts === null ? null : { kind: 'removed', channel, ts, at };
    }
    default:
      return { kind: 'posted', channel, message: event };
  }
}
