import type { Json } from '../../discord/server/json.ts';
import { textOf } from '../../discord/server/json.ts';
import { jsonArgument } from './arguments.ts';
import { viewFaults } from './check-view.ts';
import type { Call, Method, ServerState } from './server-state.ts';
import { SlackRefusal } from './slack-refusal.ts';

export const VIEW_METHODS: Readonly<Record<string, Method>> = {
  'views.open': {
    scopes: [],
    args: ['view', 'trigger_id', 'interactivity_pointer'],
    needed: ['view', 'trigger_id'],
    answer(server, call) {
      const view = checked(server, call, 'modal');
      return { view: server.desk.open(call.team, textOf(call.args['trigger_id']), view) };
    },
  },
  'views.push': {
    scopes: [],
    args: ['view', 'trigger_id', 'interactivity_pointer'],
    needed: ['view', 'trigger_id'],
    answer(server, call) {
      const view = checked(server, call, 'modal');
      return { view: server.desk.push(call.team, textOf(call.args['trigger_id']), view) };
    },
  },
  'views.update': {
    scopes: [],
    args: ['view', 'external_id', 'hash', 'view_id'],
    needed: ['view'],
    answer(server, call) {
      const { args } = call;
      const found = server.desk.find(call.team, textOf(args['view_id']), textOf(args['external_id']));
      if (args['hash'] !== undefined && args['hash'] !== found.data['hash']) throw new SlackRefusal('hash_conflict');
      return {
        view: server.desk.change(found, checked(server, call, found.data['type'] === 'home' ? 'home' : 'modal')),
      };
    },
  },
  'views.publish': {
    scopes: [],
    args: ['user_id', 'view', 'hash'],
    needed: ['user_id', 'view'],
    answer(server, call) {
      const user = textOf(call.args['user_id']);
      if (!call.team.users.has(user)) throw new SlackRefusal('invalid_user_id');
      const before = server.desk.homes.get(user);
      const { hash } = call.args;
      if (hash !== undefined && before !== undefined && hash !== before.data['hash'])
        throw new SlackRefusal('hash_conflict');
      return { view: server.desk.publish(call.team, user, checked(server, call, 'home')) };
    },
  },
};

function checked(server: ServerState, { args }: Call, surface: 'modal' | 'home'): Json {
  const view = jsonArgument(args, 'view') as Json;
  server.refuse('invalid_arguments', 'view', viewFaults(view, surface));
  return view;
}
