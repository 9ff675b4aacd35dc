import type { Json } from '../../discord/server/json.ts';
import { textOf } from '../../discord/server/json.ts';
import type { Asked, SlackView } from './desk.ts';
import type { SlackServer } from './slack-server.ts';
import { nextTs } from './timestamps.ts';
import { APP_ID } from './world.ts';
import type { SlackChannel, SlackMessage, SlackTeam, SlackUser } from './world.ts';

/** Who does something, and where. */
export interface Actor {
  team: SlackTeam;
  user: SlackUser;
}

/** What was chosen or typed: of a button nothing, of selects the value (or values), of inputs the text. */
export type Given = string | string[] | undefined;

/** Someone presses a button or chooses on a message. */
export function pressOnMessage(
  server: SlackServer,
  { team, user }: Actor,
  { channel, message, ephemeral = false }: { channel: SlackChannel; message: Json; ephemeral?: boolean },
  actionId: string,
  given?: Given,
): Asked {
  const { block, element } = elementOf(message['blocks'] as Json[], actionId);
  return ask(server, { team, user }, null, 'interactive', (trigger, responseUrl) => ({
    ...base(team, user, 'block_actions', trigger),
    container: { type: 'message', message_ts: message['ts'], channel_id: channel.id, is_ephemeral: ephemeral },
    channel: { id: channel.id, name: channel.private ? 'privategroup' : channel.name },
    ...(!ephemeral && { message }),
    state: { values: {} },
    response_url: responseUrl,
    actions: [actionOf(block, element, given)],
  }));
}

/** The same in a modal or on Home; `values` is what else is filled in, by action id. */
export function pressInView(
  server: SlackServer,
  { team, user }: Actor,
  view: SlackView,
  actionId: string,
  given?: Given,
  values: Record<string, Given> = {},
): Asked {
  const { block, element } = elementOf(view.data['blocks'] as Json[], actionId);
  const data = { ...view.data, state: { values: stateOf(view.data['blocks'] as Json[], values) } };
  return ask(server, { team, user }, view, 'interactive', (trigger) => ({
    ...base(team, user, 'block_actions', trigger),
    container: { type: 'view', view_id: view.id },
    view: data,
    actions: [actionOf(block, element, given)],
  }));
}

/** Someone submits a modal with these values by action id; the rest keeps what it began with. */
export function submitView(
  server: SlackServer,
  { team, user }: Actor,
  view: SlackView,
  values: Record<string, Given>,
): Asked {
  const state = { values: stateOf(view.data['blocks'] as Json[], values) };
  const asked = ask(server, { team, user }, view, 'interactive', (trigger) => ({
    ...base(team, user, 'view_submission', trigger),
    view: { ...view.data, state },
    response_urls: [],
  }));
  const settled = asked.acked.then((body) => {
    if (body === null || body['response_action'] === 'clear') server.desk.close(view);
    if (body?.['response_action'] === 'update') server.desk.change(view, body['view'] as Json);
    return body;
  });
  return { ...asked, acked: settled };
}

/** Someone uses an entry of a message's menu. */
export function useShortcut(
  server: SlackServer,
  { team, user }: Actor,
  { channel, message }: { channel: SlackChannel; message: SlackMessage },
  callbackId: string,
): Asked {
  return ask(server, { team, user }, null, 'interactive', (trigger, responseUrl) => ({
    ...base(team, user, 'message_action', trigger),
    action_ts: nextTs(),
    callback_id: callbackId,
    channel: { id: channel.id, name: channel.private ? 'privategroup' : channel.name },
    message_ts: message.ts,
    message,
    response_url: responseUrl,
  }));
}

/** Someone types `/keel text`. */
export function useCommand(server: SlackServer, { team, user }: Actor, channel: SlackChannel, line: string): Asked {
  const [command = '', ...words] = line.split(' ');
  return ask(server, { team, user }, null, 'slash_commands', (trigger, responseUrl) => ({
    token: 'deprecated',
    team_id: team.id,
    team_domain: team.domain,
    ...(team.enterprise !== null && { enterprise_id: team.enterprise, enterprise_name: 'Org' }),
    channel_id: channel.id,
    channel_name: channel.direct ? 'directmessage' : channel.private ? 'privategroup' : channel.name,
    user_id: user.id,
    user_name: user.name,
    command,
    text: words.join(' '),
    api_app_id: APP_ID,
    is_enterprise_install: 'false',
    response_url: responseUrl,
    trigger_id: trigger,
  }));
}

/** Someone opens the app's Home. */
export function openHome(server: SlackServer, { team, user }: Actor): Promise<boolean> {
  const channel = server.world.directOf(team, user.id).id;
  const view = server.desk.homes.get(user.id)?.data;
  return server.emit(team, {
    type: 'app_home_opened',
    user: user.id,
    channel,
    tab: 'home',
    event_ts: nextTs(),
    ...(view && { view }),
  });
}

function ask(
  server: SlackServer,
  { team, user }: Actor,
  view: SlackView | null,
  kind: 'interactive' | 'slash_commands',
  payload: (trigger: string, responseUrl: string) => Json,
): Asked {
  const opened = Promise.withResolvers<SlackView>();
  const replied = Promise.withResolvers<Json>();
  const replies: Json[] = [];
  const reply = (body: Json): void => {
    replies.push(body);
    replied.resolve(body);
  };
  const trigger = server.desk.trigger(team, user.id, view, opened.resolve);
  const responseUrl = `${server.origin}${server.desk.responsePath(reply)}`;
  const acked = server.delivery.interaction(kind, structuredClone(payload(trigger, responseUrl))).then((body) => {
    if (body !== null && (body['text'] !== undefined || body['blocks'] !== undefined)) reply(body);
    return body;
  });
  // Whoever waits for it hears of it; nobody has to.
  acked.catch(() => {});
  return { acked, opened: opened.promise, replied: replied.promise, replies };
}

function base(team: SlackTeam, user: SlackUser, type: string, trigger: string): Json {
  return {
    type,
    user: person(team, user),
    api_app_id: APP_ID,
    token: 'deprecated',
    trigger_id: trigger,
    team: { id: team.id, domain: team.domain, ...(team.enterprise !== null && { enterprise_id: team.enterprise }) },
    enterprise: team.enterprise === null ? null : { id: team.enterprise, name: 'Org' },
    is_enterprise_install: false,
  };
}

function person(team: SlackTeam, { id, name }: SlackUser): Json {
  return { id, username: name, name, team_id: team.id };
}

/** The element with an action id, or the button with these words, and the block that it is in. */
function elementOf(blocks: readonly Json[], wanted: string): { block: Json; element: Json } {
  for (const block of blocks) {
    const elements = [block['accessory'], block['element'], ...((block['elements'] ?? []) as Json[])] as (
      | Json
      | undefined
    )[];
    for (const element of elements) {
      if (element === undefined) continue;
      const words = (element['text'] as Json | undefined)?.['text'];
      if (element['action_id'] === wanted || (element['type'] === 'button' && words === wanted))
        return { block, element };
    }
  }
  throw new Error(`There is no ${wanted} in ${JSON.stringify(blocks)}`);
}

function actionOf(block: Json, element: Json, given: Given): Json {
  const type = textOf(element['type']);
  return {
    action_id: element['action_id'],
    block_id: block['block_id'],
    type,
    action_ts: nextTs(),
    ...(type === 'button'
      ? { text: element['text'], ...(element['value'] !== undefined && { value: element['value'] }) }
      : valueOf(element, given)),
  };
}

/** `view.state.values` of a submission. */
function stateOf(blocks: readonly Json[], values: Record<string, Given>): Json {
  const state: Record<string, Json> = {};
  const unused = new Set(Object.keys(values));
  for (const block of blocks) {
    const elements = [block['accessory'], block['element'], ...((block['elements'] ?? []) as Json[])] as (
      | Json
      | undefined
    )[];
    for (const element of elements) {
      const id = textOf(element?.['action_id']);
      if (element === undefined || id === '' || element['type'] === 'button') continue;
      unused.delete(id);
      const given = values[id];
      (state[textOf(block['block_id'])] ??= {})[id] = { type: element['type'], ...valueOf(element, given) };
    }
  }
  if (unused.size > 0) throw new Error(`The view has no ${[...unused].join()}`);
  return state;
}

function valueOf(element: Json, given: Given): Json {
  const type = textOf(element['type']);
  const values = given === undefined ? undefined : [given].flat();
  const one = values?.[0];
  const groups = (element['option_groups'] ?? []) as Json[];
  const options = [...((element['options'] ?? []) as Json[]), ...groups.flatMap((group) => group['options'] as Json[])];
  const option = (value: string): Json => {
    const found = options.find((each) => each['value'] === value);
    if (found !== undefined) return found;
    if (type.includes('external')) return { value, text: { type: 'plain_text', text: value } };
    throw new Error(`${textOf(element['action_id'])} has no option ${value}`);
  };
  if (/^multi_(static|external)/.test(type) || type === 'checkboxes')
    return { selected_options: values?.map(option) ?? element['initial_options'] ?? [] };
  if (/^(static_|external_)/.test(type) || type === 'radio_buttons' || type === 'overflow')
    return { selected_option: one === undefined ? (element['initial_option'] ?? null) : option(one) };
  const what = /^(multi_)?(user|channel|conversation)s_select$/.exec(type);
  if (what?.[1] !== undefined) return { [`selected_${what[2]}s`]: values ?? element[`initial_${what[2]}s`] ?? [] };
  if (what !== null) return { [`selected_${what[2]}`]: one ?? element[`initial_${what[2]}`] ?? null };
  return { value: one ?? element['initial_value'] ?? null };
}
