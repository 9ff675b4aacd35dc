import type { Json } from '../../discord/server/json.ts';
import { textOf } from '../../discord/server/json.ts';
import { userArgument } from './arguments.ts';
import { CHAT_METHODS } from './chat-methods.ts';
import { CONVERSATION_METHODS } from './conversation-methods.ts';
import { FILE_METHODS } from './file-methods.ts';
import type { Method } from './server-state.ts';
import { SlackRefusal } from './slack-refusal.ts';
import { VIEW_METHODS } from './view-methods.ts';
import { APP_ID } from './world.ts';
import type { SlackTeam, SlackUser } from './world.ts';

/** The part of the Web API that the bot may use; any other call is a violation. */
export const METHODS: Readonly<Record<string, Method>> = {
  ...CHAT_METHODS,
  ...CONVERSATION_METHODS,
  ...VIEW_METHODS,
  ...FILE_METHODS,
  'api.test': { scopes: [], args: [], open: true, answer: () => ({}) },
  'auth.test': {
    scopes: [],
    args: [],
    answer: (server, { grant, team }) => ({
      url: `https://${team.domain}.slack.com/`,
      team: team.name,
      user: team.users.get(grant.user)?.name,
      team_id: grant.orgWide ? team.enterprise : team.id,
      user_id: grant.user,
      ...(grant.kind === 'bot' && { bot_id: team.bot.id }),
      is_enterprise_install: grant.orgWide,
      ...(team.enterprise !== null && { enterprise_id: team.enterprise }),
    }),
  },
  'auth.revoke': {
    scopes: [],
    args: ['test'],
    answer: (server, { team }) => {
      server.revoke(team);
      return { revoked: true };
    },
  },
  'auth.teams.list': {
    scopes: [],
    args: ['cursor', 'include_icon', 'limit'],
    answer: ({ world }, { grant, team }) => {
      const teams = grant.orgWide
        ? [...world.teams.values()].filter((each) => each.enterprise === team.enterprise)
        : [team];
      return { teams: teams.map(({ id, name }) => ({ id, name })), response_metadata: { next_cursor: '' } };
    },
  },
  'apps.connections.open': {
    scopes: ['connections:write'],
    args: [],
    kinds: ['app'],
    answer: (server) => ({ url: server.openSocket() }),
  },
  'oauth.v2.access': {
    scopes: [],
    args: ['client_id', 'client_secret', 'code', 'redirect_uri', 'grant_type', 'refresh_token'],
    needed: ['client_id', 'client_secret', 'code'],
    open: true,
    answer(server, { args }) {
      if (args['client_secret'] !== server.clientSecret) throw new SlackRefusal('bad_client_secret');
      const code = textOf(args['code']);
      const found = server.codes.get(code);
      if (found === undefined) throw new SlackRefusal('invalid_code');
      server.codes.delete(code);
      const grant = server.tokens.get(found.token)!;
      const team = grant.team!;
      return {
        app_id: APP_ID,
        authed_user: { id: [...team.users.values()].find(({ admin }) => admin)?.id ?? team.bot.user },
        scope: [...grant.scopes].join(),
        token_type: 'bot',
        access_token: found.token,
        bot_user_id: team.bot.user,
        team: grant.orgWide ? null : { id: team.id, name: team.name },
        enterprise: team.enterprise === null ? null : { id: team.enterprise, name: 'Org' },
        is_enterprise_install: grant.orgWide,
      };
    },
  },
  'openid.connect.token': {
    scopes: [],
    args: ['client_id', 'client_secret', 'code', 'redirect_uri', 'grant_type', 'refresh_token'],
    open: true,
    answer(server, { args }) {
      if (args['client_id'] !== server.clientId) throw new SlackRefusal('bad_client_id');
      if (args['client_secret'] !== server.clientSecret) throw new SlackRefusal('bad_client_secret');
      const found = server.signIns.get(textOf(args['code']));
      server.signIns.delete(textOf(args['code']));
      if (found === undefined) throw new SlackRefusal('invalid_code');
      if (args['redirect_uri'] !== found.redirect) throw new SlackRefusal('bad_redirect_uri');
      const claims = {
        iss: 'https://slack.com',
        sub: found.user,
        aud: server.clientId,
        exp: Math.floor(Date.now() / 1000) + 300,
        nonce: found.nonce,
        'https://slack.com/team_id': found.team,
        'https://slack.com/user_id': found.user,
      };
      const encoded = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) =>
        Buffer.from(JSON.stringify(part)).toString('base64url'),
      );
      return { access_token: `xoxp-${found.user}`, token_type: 'Bearer', id_token: `${encoded.join('.')}.signature` };
    },
  },
  'team.info': {
    scopes: ['team:read'],
    args: ['domain', 'team'],
    answer: (_server, { team }) => ({ team: { id: team.id, name: team.name, domain: team.domain } }),
  },
  'users.info': {
    scopes: ['users:read'],
    args: ['user', 'include_locale'],
    needed: ['user'],
    answer: (_server, call) => ({ user: userData(call.team, userArgument(call)) }),
  },
  'usergroups.users.list': {
    scopes: ['usergroups:read'],
    args: ['usergroup', 'include_disabled', 'team_id'],
    needed: ['usergroup'],
    answer(_server, { team, args }) {
      const group = team.groups.get(textOf(args['usergroup']));
      if (group === undefined) throw new SlackRefusal('no_such_subteam');
      return { users: group.users };
    },
  },
  'usergroups.list': {
    scopes: ['usergroups:read'],
    args: ['include_count', 'include_disabled', 'include_users', 'team_id'],
    answer: (_server, { team }) => ({
      usergroups: [...team.groups.values()].map(({ id, handle, users }) => ({
        id,
        team_id: team.id,
        name: handle,
        handle,
        users,
      })),
    }),
  },
};

function userData(team: SlackTeam, user: SlackUser): Json {
  const { id, name, real, admin, owner, bot, guest, deleted, locale } = user;
  return {
    id,
    team_id: team.id,
    name,
    deleted,
    real_name: real,
    tz: 'Europe/Rome',
    profile: { real_name: real, display_name: name, team: team.id },
    is_admin: admin || owner,
    is_owner: owner,
    is_primary_owner: false,
    is_restricted: guest,
    is_ultra_restricted: false,
    is_bot: bot,
    is_app_user: false,
    locale,
  };
}
