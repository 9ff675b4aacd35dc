import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Secret } from '../../../src/runtime/secrets.ts';
import { MemoryCommunity } from '../discord/memory-community.ts';
import { openSlackTown, until } from './town.ts';
import type { SlackTown } from './town.ts';

/** Installations in memory; that Postgres keeps them sealed is tested beside the store. */
function memoryInstallations() {
  const kept = new Map<string, string>();
  return {
    kept,
    save: async (id: string, document: string) => void kept.set(id, document),
    find: async (id: string) => kept.get(id) ?? null,
    remove: async (id: string) => kept.delete(id),
    ids: async () => [...kept.keys()],
  };
}

describe('an app that people install themselves', () => {
  let town: SlackTown;
  let moderation: MemoryCommunity;
  let connector: ReturnType<SlackTown['connect']>;
  let installations: ReturnType<typeof memoryInstallations>;
  beforeEach(async () => {
    town = await openSlackTown('http');
    town.server.revoke(town.team);
    moderation = new MemoryCommunity();
    installations = memoryInstallations();
    const oauth = {
      clientId: town.server.clientId,
      clientSecret: new Secret(town.server.clientSecret),
      host: '127.0.0.1',
      port: 0,
    };
    connector = town.connect(moderation.asModeration(), { botToken: null, oauth, installations });
    await connector.start();
    town.server.redirectUrl = `${connector.url()}/slack/oauth_redirect`;
  });
  afterEach(async () => {
    await connector.stop();
    await town.close();
  });

  /** As a browser does: the page, Slack's consent, and back with the code. */
  async function install(change: { cookie?: string; state?: string } = {}): Promise<Response> {
    const page = await fetch(`${connector.url()}/slack/install`);
    const consent = /href="([^"]+authorize[^"]+)"/.exec(await page.text())![1]!.replaceAll('&amp;', '&');
    const cookie = page.headers.get('set-cookie')!.split(';')[0]!;
    const back = new URL((await fetch(consent, { redirect: 'manual' })).headers.get('location')!);
    if (change.state !== undefined) back.searchParams.set('state', change.state);
    return fetch(back, { headers: { cookie: change.cookie ?? cookie } });
  }

  it('hears a workspace once it is installed there, and not before', async () => {
    const { server, team, general, member } = town;
    server.world.post(team, general, member, 'too early');
    await until(() => server.delivery.pending === 0);
    server.install(team);
    expect((await install()).status).toBe(200);
    expect([...installations.kept.keys()]).toEqual([team.id]);
    server.world.post(team, general, member, 'now');
    await until(() => moderation.received.length > 0);
    expect(moderation.received.map(({ text, community }) => [text, community])).toEqual([['now', team.id]]);
  });

  it('keeps nothing of whoever installed it', async () => {
    town.server.install(town.team);
    await install();
    const [document] = installations.kept.values();
    expect(document).not.toContain(town.admin.id);
    expect(document).toContain('xoxb-');
  });

  it('serves many workspaces, each with its own token', async () => {
    const { server, general, member, team } = town;
    server.install(team);
    await install();
    const other = server.world.addTeam('Village');
    const square = server.world.addChannel(other, 'square');
    server.install(other);
    await install();
    server.world.post(other, square, server.world.addUser(other, 'Ben'), 'from the village');
    server.world.post(team, general, member, 'from the town');
    await until(() => moderation.received.length === 2);
    expect(new Set(moderation.received.map(({ community }) => community))).toEqual(new Set([other.id, team.id]));
  });

  it('hears every workspace of an organization that installed it', async () => {
    const { server } = town;
    const one = server.world.addTeam('One', { enterprise: 'E1' });
    const two = server.world.addTeam('Two', { enterprise: 'E1' });
    server.install(one, { orgWide: true });
    await install();
    expect([...installations.kept.keys()]).toEqual(['E1']);
    for (const team of [one, two]) {
      server.world.post(team, server.world.addChannel(team, 'all'), server.world.addUser(team, 'Cem'), team.name);
    }
    await until(() => moderation.received.length === 2);
    expect(new Set(moderation.received.map(({ community }) => community))).toEqual(new Set([one.id, two.id]));
  });

  it('refuses an installation whose state is not its own', async () => {
    town.server.install(town.team);
    expect((await install({ state: 'forged' })).status).toBeGreaterThanOrEqual(400);
    expect((await install({ cookie: 'slack-app-oauth-state=forged' })).status).toBeGreaterThanOrEqual(400);
    expect(installations.kept.size).toBe(0);
  });

  it.each([{ type: 'app_uninstalled' }, { type: 'tokens_revoked', tokens: { oauth: [], bot: ['U1'] } }])(
    'forgets token and community at $type',
    async (event) => {
      const { server, team } = town;
      server.install(team);
      await install();
      await server.emit(team, event);
      await until(() => moderation.purged.length > 0);
      expect(moderation.purged).toEqual([{ platform: 'slack', community: team.id }]);
      expect(installations.kept.size).toBe(0);
    },
  );

  it('keeps everything when only a person takes their token back', async () => {
    const { server, team, general, member } = town;
    server.install(team);
    await install();
    await server.emit(team, { type: 'tokens_revoked', tokens: { oauth: ['U1'], bot: [] } });
    server.world.post(team, general, member, 'still here');
    await until(() => moderation.received.length > 0);
    expect(moderation.purged).toEqual([]);
  });
});
