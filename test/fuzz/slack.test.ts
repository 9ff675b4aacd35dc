import fc from 'fast-check';
import { expect, it } from 'vitest';
import { Secret } from '../../src/runtime/secrets.ts';
import { MemoryCommunity } from '../connectors/discord/memory-community.ts';
import { openSlackTown, until } from '../connectors/slack/town.ts';
import { keptLog, leaks, LONG, malformed, RUNS, SECRET_WORDS } from './malformed.ts';
import type { Json } from './malformed.ts';

it(
  'nothing that is sent to the app as Slack makes it fail, is stored half, or is in the log',
  { timeout: LONG },
  async () => {
    const town = await openSlackTown('http');
    const moderation = new MemoryCommunity();
    const { log, lines } = keptLog();
    const { server, team, general, member, moderator, token } = town;
    const oauth = {
      clientId: server.clientId,
      clientSecret: new Secret(server.clientSecret),
      host: '127.0.0.1',
      port: 0,
    };
    const installations = {
      save: async () => {},
      find: async () => null,
      remove: async () => false,
      ids: async () => [],
    };
    const connector = town.connect(moderation.asModeration(), { log, oauth, installations });
    await connector.start();
    server.limits.take = () => 0;

    const user = { id: moderator.id, team_id: team.id, name: 'sam' };
    const asked = {
      token: 'x',
      team: { id: team.id, domain: 'town' },
      user,
      api_app_id: 'A',
      trigger_id: 'trigger',
      is_enterprise_install: false,
      enterprise: null,
    };
    const posted = {
      type: 'message',
      channel: general.id,
      channel_type: 'channel',
      user: member.id,
      text: SECRET_WORDS,
      ts: '1764000000.000100',
      event_ts: '1764000000.000100',
      team: team.id,
      blocks: [
        {
          type: 'rich_text',
          elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text: SECRET_WORDS }] }],
        },
      ],
    };
    const flag = '00000000-0000-4000-8000-000000000000';
    const events: ['json' | 'payload' | 'form', Json][] = [
      ['json', server.bodyOf(team, posted) as Json],
      [
        'json',
        server.bodyOf(team, {
          type: 'message',
          subtype: 'message_changed',
          channel: general.id,
          channel_type: 'channel',
          ts: '1764000001.000100',
          event_ts: '1764000001.000100',
          message: { ...posted, edited: { user: member.id, ts: '1764000001.000000' } },
          previous_message: posted,
        }) as Json,
      ],
      [
        'json',
        server.bodyOf(team, {
          type: 'message',
          subtype: 'message_deleted',
          channel: general.id,
          channel_type: 'channel',
          deleted_ts: '1764000000.000100',
          event_ts: '1764000002.000100',
        }) as Json,
      ],
      [
        'json',
        server.bodyOf(team, {
          type: 'app_home_opened',
          user: moderator.id,
          channel: 'D1',
          tab: 'home',
          event_ts: '1764000003.000100',
        }) as Json,
      ],
      [
        'payload',
        {
          ...asked,
          type: 'block_actions',
          container: { type: 'message', message_ts: '1.1', channel_id: general.id },
          channel: { id: general.id, name: 'general' },
          message: { ts: '1.1', blocks: [] },
          response_url: `${server.origin}/actions/x`,
          actions: [
            { type: 'button', action_id: 'polarized', block_id: flag, value: `v1:polarized:${flag}`, action_ts: '1.1' },
          ],
        },
      ],
      [
        'payload',
        {
          ...asked,
          type: 'view_submission',
          view: {
            id: 'V1',
            type: 'modal',
            callback_id: 'escalate',
            private_metadata: `{"flag":"${flag}"}`,
            hash: 'h',
            state: { values: { reason: { reason: { type: 'plain_text_input', value: SECRET_WORDS } } } },
            blocks: [],
          },
        },
      ],
      [
        'payload',
        {
          ...asked,
          type: 'message_action',
          callback_id: 'report',
          message_ts: '1.1',
          response_url: `${server.origin}/actions/x`,
          channel: { id: general.id, name: 'general' },
          message: posted,
        },
      ],
      [
        'form',
        {
          token: 'x',
          team_id: team.id,
          team_domain: 'town',
          channel_id: general.id,
          channel_name: 'general',
          user_id: moderator.id,
          user_name: 'sam',
          command: '/keel',
          text: `check ${SECRET_WORDS}`,
          api_app_id: 'A',
          is_enterprise_install: 'false',
          response_url: `${server.origin}/actions/x`,
          trigger_id: 't',
        },
      ],
    ];
    const event = fc.constantFrom(...events).chain(([kind, body]) => fc.tuple(fc.constant(kind), malformed(body)));
    const statuses = new Map<number, number>();
    await fc.assert(
      fc.asyncProperty(event, fc.nat({ max: 40 }), async ([kind, value], cut) => {
        const text = JSON.stringify(value) ?? '';
        const whole =
          kind === 'json'
            ? text
            : kind === 'payload'
              ? new URLSearchParams({ payload: text }).toString()
              : formOf(value);
        // One in forty is cut off.
        const body = cut === 0 ? whole.slice(0, whole.length / 2) : whole;
        const type = kind === 'json' ? 'application/json' : 'application/x-www-form-urlencoded';
        const response = await server.delivery.post(body, type);
        const { status } = response;
        await response.arrayBuffer();
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
        if (status >= 500) expect(response.headers.get('x-request-id')).toMatch(/^[\w-]{36}$/);
        else expect([200, 400, 401, 404]).toContain(status);
      }),
      { numRuns: RUNS },
    );
    for (const path of [
      '/slack/install',
      '/slack/install?x=%ff',
      '/slack/oauth_redirect',
      `/slack/oauth_redirect?code=x&state=${SECRET_WORDS}`,
      '/slack/events',
      '/%',
      '//',
    ]) {
      expect([path, (await fetch(`${connector.url()}${path}`)).status < 500 || path.includes('redirect')]).toEqual([
        path,
        true,
      ]);
    }
    server.world.post(team, general, member, 'the end');
    await until(() => moderation.received.some(({ text }) => text === 'the end'));
    for (const { author, text, postedAt, message } of moderation.received) {
      expect([typeof author, typeof text, typeof message, Number.isNaN(postedAt.getTime())]).toEqual([
        'string',
        'string',
        'string',
        false,
      ]);
    }
    await connector.stop();
    await server.stop();
    expect(leaks(lines, [token, server.clientSecret, server.delivery.signingSecret])).toEqual([]);
    expect(statuses.get(200)).toBeGreaterThan(0);
  },
);

function formOf(value: Json): string {
  const form = new URLSearchParams();
  for (const [name, each] of Object.entries((value ?? {}) as Record<string, Json>)) {
    form.set(name, typeof each === 'string' ? each : JSON.stringify(each));
  }
  return form.toString();
}
