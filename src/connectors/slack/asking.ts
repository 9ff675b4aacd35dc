import { parseCustomId } from '../custom-id.ts';
import type { Action, CustomId } from '../custom-id.ts';
import { actionOf, LINK } from './blocks.ts';
import type { PostPlace } from './desk-parts.ts';
import { fieldsOf, listOf, textOf, workspaceOf } from './fields.ts';
import type { Fields } from './fields.ts';
import { Filled } from './filled.ts';
import type { Asked } from './inquiry.ts';
import { SHORTCUTS } from './shortcuts.ts';
import { placeOf } from './views.ts';
import type { FormPlace } from './views.ts';

/*
 * What people ask, as Slack sends it. Everything in it is still to be checked, and what an answer can do without may be
 * missing; null is what nobody asked of us, or cannot be answered.
 */

export function readCommandBody(body: unknown): { asked: Asked; text: string } | null {
  const fields = fieldsOf(body) ?? {};
  const user = textOf(fields['user_id']);
  if (user === null) return null;
  const asked = {
    ...askedBy(fields, user),
    community: workspaceOf(fields['team_id']) ?? '',
    channel: textOf(fields['channel_id']),
  };
  return { asked, text: textOf(fields['text']) ?? '' };
}

/** A click on a button of ours. A choice in a form is no request yet, and a link needs no answer. */
export function readClick(body: unknown): { asked: Asked; action: CustomId } | null {
  const fields = fieldsOf(body) ?? {};
  const [element] = listOf(fields['actions']);
  const action_id = textOf(element?.['action_id']);
  const user = textOf(fieldsOf(fields['user'])?.['id']);
  if (action_id === null || action_id === LINK || user === null) return null;
  const value = textOf(element?.['value']);
  const action = actionOf({ action_id, ...(value !== null && { value }) });
  if (action === null) return null;
  const view = viewOf(fields['view']);
  const container = fieldsOf(fields['container']);
  const channel = textOf(fieldsOf(fields['channel'])?.['id']) ?? textOf(container?.['channel_id']);
  const isPrivate = container?.['is_ephemeral'] === true;
  return { asked: { ...askedBy(fields, user), channel, isPrivate, view }, action };
}

/** An entry of a message's menu. */
export function readMenu(
  body: unknown,
): { asked: Asked; name: (typeof SHORTCUTS)[keyof typeof SHORTCUTS]; post: PostPlace & { text: string } } | null {
  const fields = fieldsOf(body) ?? {};
  const name = SHORTCUTS[textOf(fields['callback_id']) as keyof typeof SHORTCUTS];
  const user = textOf(fieldsOf(fields['user'])?.['id']);
  const channel = textOf(fieldsOf(fields['channel'])?.['id']);
  const message = fieldsOf(fields['message']);
  const ts = textOf(message?.['ts']) ?? textOf(fields['message_ts']);
  if (name === undefined || user === null || channel === null || ts === null) return null;
  const thread = textOf(message?.['thread_ts']);
  const post = { channel, message: ts, thread: thread === ts ? null : thread, text: textOf(message?.['text']) ?? '' };
  return { asked: { ...askedBy(fields, user), channel }, name, post };
}

/** A form that was filled in. */
export function readForm(body: unknown): { asked: Asked; action: Action; place: FormPlace; filled: Filled } | null {
  const fields = fieldsOf(body) ?? {};
  const view = fieldsOf(fields['view']);
  const user = textOf(fieldsOf(fields['user'])?.['id']);
  const known = parseCustomId(textOf(view?.['callback_id']) ?? '');
  if (view === null || user === null || known === null) return null;
  const place = placeOf(textOf(view['private_metadata']) ?? '');
  // What opened the form has been answered: it cannot be used again.
  const asked = { ...askedBy(fields, user), trigger: null, responseUrl: null };
  return {
    asked: { ...asked, channel: place.channel, view: viewOf(view) },
    action: known.action,
    place,
    filled: new Filled(fieldsOf(fieldsOf(view['state'])?.['values']) ?? {}),
  };
}

/** Someone opened the app's page. */
export function readHome(body: unknown): Asked | null {
  const fields = fieldsOf(body) ?? {};
  const event = fieldsOf(fields['event']) ?? {};
  const user = textOf(event['user']);
  if (user === null || (event['tab'] ?? 'home') !== 'home') return null;
  const [authorization] = listOf(fields['authorizations']);
  const community = workspaceOf(authorization?.['team_id'], fields['context_team_id'], fields['team_id']) ?? '';
  return { ...NOWHERE, community, user };
}

const NOWHERE = { channel: null, trigger: null, responseUrl: null, isPrivate: false, view: null } as const;

function askedBy(fields: Fields, user: string): Asked {
  const view = fieldsOf(fields['view']);
  const person = fieldsOf(fields['user']);
  const community = workspaceOf(
    // Where the app is, though the form may have been opened from another workspace of a shared channel.
    view?.['app_installed_team_id'],
    fieldsOf(fields['team'])?.['id'],
    person?.['team_id'],
    view?.['team_id'],
  );
  return {
    ...NOWHERE,
    community: community ?? '',
    user,
    trigger: textOf(fields['trigger_id']),
    responseUrl: textOf(fields['response_url']),
  };
}

function viewOf(value: unknown): Asked['view'] {
  const view = fieldsOf(value);
  const id = textOf(view?.['id']);
  if (view === null || id === null) return null;
  return { id, type: textOf(view['type']) ?? 'modal', metadata: textOf(view['private_metadata']) ?? '' };
}
