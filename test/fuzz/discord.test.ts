import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseCustomId } from '../../src/connectors/custom-id.ts';
import { MemoryCommunity } from '../connectors/discord/memory-community.ts';
import { TOKEN } from '../connectors/discord/server/discord-server.ts';
import { openTown, until } from '../connectors/discord/town.ts';
import { keptLog, leaks, LONG, malformed, RUNS, SECRET_WORDS } from './malformed.ts';
import type { Json } from './malformed.ts';

it('nothing that the gateway sends ends the process, is stored half, or is in the log', { timeout: LONG }, async () => {
  const town = await openTown();
  const moderation = new MemoryCommunity();
  const { log, lines } = keptLog();
  const connector = town.connect(moderation.asModeration(), { log });
  await connector.start();
  const { guild, general, member, moderator, server } = town;
  const sample = server.world.post(general, member, SECRET_WORDS);
  await until(() => moderation.received.length > 0);

  const place = { guild_id: guild.id, channel_id: general.id };
  const asked = {
    id: '1',
    application_id: server.world.bot.id,
    token: 'token-of-an-interaction',
    version: 1,
    ...place,
    channel: { id: general.id, type: 0 },
    member: { user: { ...moderator }, roles: [], permissions: '8192' },
    app_permissions: '8',
    locale: 'en-US',
    guild_locale: 'en-US',
    context: 0,
  };
  const events: [string, Json][] = (
    [
      ['MESSAGE_CREATE', { ...sample, guild_id: guild.id }],
      ['MESSAGE_UPDATE', { ...sample, guild_id: guild.id, edited_timestamp: new Date().toISOString() }],
      ['MESSAGE_DELETE', { id: '5', ...place }],
      ['MESSAGE_DELETE_BULK', { ids: ['5', '6'], ...place }],
      ['CHANNEL_UPDATE', { id: general.id, guild_id: guild.id, type: 0, permission_overwrites: [] }],
      ['GUILD_ROLE_UPDATE', { guild_id: guild.id, role: { id: '9', permissions: '0', position: 1 } }],
      ['THREAD_LIST_SYNC', { guild_id: guild.id, threads: [], members: [] }],
      [
        'INTERACTION_CREATE',
        {
          ...asked,
          type: 2,
          data: {
            id: '1',
            type: 1,
            name: 'keel',
            options: [{ type: 1, name: 'check', options: [{ type: 3, name: 'text', value: SECRET_WORDS }] }],
          },
        },
      ],
      [
        'INTERACTION_CREATE',
        {
          ...asked,
          type: 3,
          data: { custom_id: 'v1:polarized:00000000-0000-4000-8000-000000000000', component_type: 2 },
        },
      ],
      [
        'INTERACTION_CREATE',
        {
          ...asked,
          type: 4,
          data: { id: '1', type: 1, name: 'keel', options: [{ type: 3, name: 'flag', value: 'x', focused: true }] },
        },
      ],
      [
        'INTERACTION_CREATE',
        {
          ...asked,
          type: 5,
          data: {
            custom_id: 'v1:escalate:00000000-0000-4000-8000-000000000000',
            components: [{ type: 18, component: { type: 4, custom_id: 'reason', value: SECRET_WORDS } }],
          },
        },
      ],
    ] as [string, unknown][]
  ).map(([name, data]) => [name, JSON.parse(JSON.stringify(data)) as Json]);

  const event = fc.constantFrom(...events).chain(([name, data]) => fc.tuple(fc.constant(name), malformed(data)));
  let sent = 0;
  await fc.assert(
    fc.asyncProperty(event, async ([name, data]) => {
      server.gateway.dispatch(guild.id, name, data);
      sent += 1;
      // So many wait at most: what is asked of the pipeline must not pile up.
      if (sent % 50 === 0) {
        const { id } = server.world.post(general, member, `still here ${sent}`);
        await until(() => moderation.received.some(({ message }) => message === id));
      }
    }),
    { numRuns: RUNS },
  );
  const { id } = server.world.post(general, member, 'the end');
  await until(() => moderation.received.some(({ message }) => message === id));
  for (const { author, text, postedAt, revision, ...where } of moderation.received) {
    expect([typeof author, typeof text, Number.isNaN(postedAt.getTime()), Number.isSafeInteger(revision)]).toEqual([
      'string',
      'string',
      false,
      true,
    ]);
    expect([typeof where.community, typeof where.channel, typeof where.message]).toEqual([
      'string',
      'string',
      'string',
    ]);
  }
  await connector.stop();
  // Answers to what was no question may break Discord's rules: that is not looked at here.
  await server.stop();
  expect(leaks(lines, [TOKEN, 'token-of-an-interaction'])).toEqual([]);
});

it('an id that is not ours is none', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.string({ unit: 'binary' }).map((text) => `v1:${text}`),
        fc.constantFrom('v1:__proto__', 'v1:constructor:x', 'v1', ':::'),
      ),
      (text) => {
        const parsed = parseCustomId(text);
        expect(parsed === null || text.startsWith(`v1:${parsed.action}`)).toBe(true);
      },
    ),
    { numRuns: RUNS },
  );
});
