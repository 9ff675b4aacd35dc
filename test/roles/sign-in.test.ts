import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeInBrowser, launchBrowser } from '../browser.ts';
import { createEmbedded, describeOnEachDatabase } from '../database.ts';
import { countRows, everyRow } from '../pipeline/tables.ts';
import { openPlace, TOKEN, Visitor } from './sign-in-place.ts';
import type { Place } from './sign-in-place.ts';

describeOnEachDatabase('sign-in with a platform', (create) => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace(create);
  });
  afterAll(() => place.close());
  const visitor = () => new Visitor(place.server.url);

  it('shows a moderator of a guild the figures of that guild, and of no other community', async () => {
    const { discord, slack, elsewhere } = place;
    discord.server.oauth.person = discord.moderator;
    const sam = visitor();
    expect((await sam.follow('/')).text).toContain('href="/sign-in/discord"');
    const landed = await sam.follow('/sign-in/discord');
    expect(landed).toMatchObject({ status: 200, path: '/communities' });
    expect(landed.text).toContain(`/communities/discord/${discord.guild.id}`);
    expect(await sam.json('/api/communities')).toEqual([
      { platform: 'discord', community: discord.guild.id, administrator: false },
    ]);
    const own = await sam.follow(`/communities/discord/${discord.guild.id}`);
    expect(own.text).toContain('<th scope="row">Posts in the last seven days</th>');
    expect(await sam.json(`/api/communities/discord/${discord.guild.id}`)).toMatchObject({
      administrator: false,
      settings: { mode: 'review' },
      stats: { messages: 1, flagged: 1 },
    });
    for (const other of [
      `discord/${elsewhere}`,
      `slack/${slack.team.id}`,
      `slack/${discord.guild.id}`,
      'local/town',
      'discord/0',
    ]) {
      const [page, api] = [await sam.get(`/communities/${other}`), await sam.json(`/api/communities/${other}`)];
      expect([other, page.status, api]).toEqual([other, 404, 404]);
    }
  });

  it('is no way into what is an operator’s', async () => {
    const { discord } = place;
    discord.server.oauth.person = discord.admin;
    const ida = visitor();
    await ida.follow('/sign-in/discord');
    expect(await ida.json('/api/communities')).toMatchObject([{ administrator: true }]);
    expect((await ida.get('/')).headers.get('location')).toBe('/communities');
    const cookie = `evenkeel-session=${ida.cookie}`;
    for (const path of ['/', '/metrics', '/api/state', '/communitiesx']) {
      const response = await fetch(place.server.url + path, { headers: { cookie } });
      expect([path, response.status]).toEqual([path, 403]);
    }
  });

  it('lets no one in who moderates nothing here', async () => {
    const { discord, slack, world } = place;
    discord.server.oauth.person = discord.member;
    const ana = visitor();
    expect(await ana.follow('/sign-in/discord')).toMatchObject({ status: 403 });
    slack.server.person = { team: slack.team, user: slack.member };
    expect(await ana.follow('/sign-in/slack')).toMatchObject({ status: 403 });
    expect(ana.cookie).toBeUndefined();
    expect((await ana.get('/communities')).headers.get('location')).toBe('/sign-in');
    const foreign = slack.server.world.addTeam('Foreign');
    const owner = slack.server.world.addUser(foreign, 'Olga', { admin: true });
    slack.server.person = { team: foreign, user: owner };
    expect(await ana.follow('/sign-in/slack')).toMatchObject({ status: 403 });
    const before = await countRows(world.database, 'console_sessions');
    await ana.follow('/sign-in/slack');
    expect(await countRows(world.database, 'console_sessions')).toBe(before);
  });

  it('knows moderators of a workspace by its review channel, and keeps no one’s id', async () => {
    const { slack, world, discord } = place;
    slack.server.person = { team: slack.team, user: slack.moderator };
    const sam = visitor();
    expect(await sam.follow('/sign-in/slack')).toMatchObject({ status: 200, path: '/communities' });
    expect(await sam.json('/api/communities')).toEqual([
      { platform: 'slack', community: slack.team.id, administrator: false },
    ]);
    discord.server.oauth.person = discord.moderator;
    await visitor().follow('/sign-in/discord');
    const rows = (await everyRow(world.database)).map(({ row }) => row).join('\n');
    expect(rows).toContain(slack.team.id);
    for (const id of [slack.moderator.id, discord.moderator.id, sam.cookie!]) expect(rows).not.toContain(id);
    expect(discord.server.oauth.tokens.size).toBe(0);
  });

  it('refuses an answer that another browser asked for, one that was used, and a person who did not agree', async () => {
    const { discord } = place;
    discord.server.oauth.person = discord.moderator;
    const [mallory, victim] = [visitor(), visitor()];
    const asked = (await mallory.get('/sign-in/discord')).headers.get('location')!;
    const back = (await mallory.get(asked)).headers.get('location')!;
    expect(await victim.follow(back)).toMatchObject({ status: 400 });
    await victim.get('/sign-in/discord');
    expect(await victim.follow(back)).toMatchObject({ status: 400 });
    expect(victim.cookie).toBeUndefined();
    expect(await mallory.follow(back)).toMatchObject({ status: 200 });
    expect(await mallory.follow(back)).toMatchObject({ status: 400 });

    discord.server.oauth.person = null;
    expect(await victim.follow('/sign-in/discord')).toMatchObject({ status: 502 });
    expect(await victim.follow('/sign-in/local')).toMatchObject({ path: '/sign-in' });
  });

  it('gives a new cookie each time, which ends with the sign-out and with the community', async () => {
    const { discord, server, world } = place;
    discord.server.oauth.person = discord.moderator;
    const sam = visitor();
    await sam.follow('/sign-in/discord');
    const first = sam.cookie!;
    await sam.follow('/sign-in/discord');
    expect(sam.cookie).not.toBe(first);
    const status = async (value: string) =>
      (await fetch(`${server.url}/api/communities`, { headers: { cookie: `evenkeel-session=${value}` } })).status;
    expect([await status(first), await status(sam.cookie!)]).toEqual([401, 200]);
    const last = sam.cookie!;
    await sam.get('/sign-out', 'POST');
    expect([sam.cookie, await status(last)]).toEqual([undefined, 401]);

    await sam.follow('/sign-in/discord');
    await world.moderation.purge({ platform: 'discord', community: discord.guild.id });
    expect(await sam.json('/api/communities')).toEqual([]);
    expect(await sam.json(`/api/communities/discord/${discord.guild.id}`)).toBe(404);
    await world.moderation.changeSettings(
      { platform: 'discord', community: discord.guild.id },
      { mode: 'review' },
      'ada',
    );
  });

  it('leaves operators their token, with which they see every community', async () => {
    const headers = { authorization: `Bearer ${TOKEN}` };
    const all = (await (await fetch(`${place.server.url}/api/communities`, { headers })).json()) as unknown[];
    expect(all).toHaveLength(3);
    const { elsewhere, server } = place;
    const page = await fetch(`${server.url}/api/communities/discord/${elsewhere}`, { headers });
    expect(await page.text()).not.toContain('secret word');
  });

  it('says by its address where someone came from, behind a proxy with TLS too', async () => {
    const headers = { 'x-forwarded-proto': 'https' };
    const begun = await fetch(`${place.server.url}/sign-in/discord`, { headers, redirect: 'manual' });
    expect(begun.headers.get('set-cookie')).toMatch(
      /^evenkeel-sign-in=[\w-]{43}; Path=\/sign-in\/discord; Max-Age=600; HttpOnly; SameSite=Lax; Secure$/,
    );
    const address = new URL(begun.headers.get('location')!);
    expect(address.searchParams.get('redirect_uri')).toBe(
      `${place.server.url.replace('http:', 'https:')}/sign-in/discord/callback`,
    );
    expect(address.searchParams.get('scope')).toBe('guilds');
  });
});

describeInBrowser('sign-in in a browser', () => {
  let place: Place;
  beforeAll(async () => {
    place = await openPlace(createEmbedded);
  });
  afterAll(() => place.close());

  it('takes the token of an operator from the form', async () => {
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(`${place.server.url}/communities`);
      await page.getByLabel('Token').fill(TOKEN);
      await page.getByRole('button', { name: 'Sign in' }).click();
      await page.waitForURL(`${place.server.url}/`);
      await page.goto(`${place.server.url}/communities`);
      await page.getByRole('link', { name: `Slack ${place.slack.team.id}` }).waitFor();
    } finally {
      await browser.close();
    }
  });

  it('leads from the first page over the platform to one’s community, and out again', async () => {
    const { discord, server } = place;
    discord.server.oauth.person = discord.moderator;
    const browser = await launchBrowser();
    try {
      const page = await browser.newPage();
      await page.goto(server.url);
      await page.getByRole('link', { name: 'Sign in with Discord' }).click();
      await page.getByRole('link', { name: `Discord ${discord.guild.id}` }).click();
      await page.getByRole('row', { name: 'Flagged 1' }).waitFor();
      await page.getByRole('button', { name: 'Sign out' }).click();
      await page.getByRole('button', { name: 'Sign in' }).waitFor();
      await page.goto(`${server.url}/communities`);
      expect(new URL(page.url()).pathname).toBe('/sign-in');
    } finally {
      await browser.close();
    }
  });
});
