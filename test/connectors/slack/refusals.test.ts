import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createGuardedFetch } from '../../../src/connectors/slack/guarded-fetch.ts';
import { createLogger } from '../../../src/runtime/log.ts';
import { cardOf } from '../cards.ts';
import { MemoryCommunity } from '../discord/memory-community.ts';
import { openSlackTown, until } from './town.ts';
import type { SlackTown } from './town.ts';

const JSON_TYPE = 'application/json';

describe('requests that are not from Slack', () => {
  let town: SlackTown;
  let connector: ReturnType<SlackTown['connect']>;
  const moderation = new MemoryCommunity();
  let written = '';
  beforeEach(async () => {
    written = '';
    const log = createLogger({ level: 'debug', format: 'json', write: (line) => (written += line) });
    town = await openSlackTown('http');
    connector = town.connect(moderation.asModeration(), { log });
    await connector.start();
  });
  afterEach(async () => {
    await connector.stop();
    const { signingSecret } = town.server.delivery;
    const told = [signingSecret, town.token, 'rude words'].filter((secret) => written.includes(secret));
    await town.close();
    if (told.length > 0 || moderation.received.length > 0) throw new Error(`heard or told: ${told.join()}`);
  });

  const event = (text = 'rude words'): string =>
    JSON.stringify(
      town.server.bodyOf(town.team, {
        type: 'message',
        channel: town.general.id,
        channel_type: 'channel',
        user: town.member.id,
        ts: '1700000000.000100',
        text,
      }),
    );

  it.each([
    ['another secret', { secret: 'guessed' }],
    ['a time long ago', { at: Date.now() - 301_000 }],
    ['a time to come', { at: Date.now() + 320_000 }],
    ['no signature', { headers: { 'X-Slack-Signature': '' } }],
    ['a signature of another version', { headers: { 'X-Slack-Signature': `v1=${'0'.repeat(64)}` } }],
    ['no time', { headers: { 'X-Slack-Request-Timestamp': '' } }],
  ])('are refused with %s', async (_what, change) => {
    expect((await town.server.delivery.post(event(), JSON_TYPE, change)).status).toBe(401);
    expect(written).toContain('refused a request');
  });

  it('are refused with a body that was changed under way', async () => {
    const sent: Record<string, string> = {};
    const { delivery } = town.server;
    const spy = createServer((request, response) => {
      for (const name of ['x-slack-signature', 'x-slack-request-timestamp']) sent[name] = String(request.headers[name]);
      response.end();
    }).listen(0, '127.0.0.1');
    await until(() => spy.listening);
    const target = delivery.target!;
    delivery.target = `http://127.0.0.1:${(spy.address() as AddressInfo).port}`;
    await delivery.post(event('fine words'), JSON_TYPE);
    delivery.target = target;
    const headers = { ...sent, 'content-type': JSON_TYPE };
    expect((await fetch(target, { method: 'POST', headers, body: event('rude words') })).status).toBe(401);
    spy.close();
    spy.closeAllConnections();
  });

  it('are refused when too large, whether they say so or not', async () => {
    const { delivery } = town.server;
    const large = JSON.stringify({ type: 'event_callback', filler: 'x'.repeat(1_100_000) });
    expect((await delivery.post(large, JSON_TYPE)).status).toBe(413);
    const stream = new Blob([large]).stream();
    const chunked = { method: 'POST', body: stream, duplex: 'half' } as RequestInit;
    const answer = await fetch(delivery.target!, chunked).then(
      ({ status }) => status,
      () => 413,
    );
    expect(answer).toBe(413);
  });

  it.each(['null', '5', '"text"', '[]', '{', ''])('do not end the process, signed as they are: %s', async (body) => {
    expect((await town.server.delivery.post(body, JSON_TYPE)).status).toBe(400);
    expect((await town.server.delivery.post(`payload=${body}`, 'application/x-www-form-urlencoded')).status).toBe(400);
    const challenge = JSON.stringify({ type: 'url_verification', challenge: 'still there' });
    const answer = await town.server.delivery.post(challenge, JSON_TYPE);
    expect(await answer.json()).toEqual({ challenge: 'still there' });
  });

  it.each([
    ['application/json; charset=utf-8', (body: string) => body],
    [
      'application/x-www-form-urlencoded; charset=utf-8',
      (body: string) => String(new URLSearchParams({ payload: body })),
    ],
    ['APPLICATION/X-WWW-FORM-URLENCODED', (body: string) => String(new URLSearchParams({ payload: body }))],
  ])('are understood with the type %s', async (type, encode) => {
    const challenge = encode(JSON.stringify({ type: 'url_verification', challenge: 'read' }));
    expect(await (await town.server.delivery.post(challenge, type)).json()).toEqual({ challenge: 'read' });
  });

  it.each(['text/plain', 'multipart/form-data; boundary=x', 'application/octet-stream', 'application/xml'])(
    'are refused where their body is not what Slack sends: %s',
    async (type) => {
      expect((await town.server.delivery.post('payload=%7B%7D', type)).status).toBe(400);
    },
  );

  it('of ten megabytes are refused before they are read', async () => {
    const large = JSON.stringify({ type: 'event_callback', filler: 'x'.repeat(10_000_000) });
    const status = await town.server.delivery.post(large, JSON_TYPE).then(
      (response) => response.status,
      // The connection may be closed while it is still being written.
      () => 413,
    );
    expect(status).toBe(413);
    expect(written).toContain('"status":413');
  });

  it('are found nowhere else, and by no other method', async () => {
    const { target } = town.server.delivery;
    expect((await fetch(target!)).status).toBe(405);
    expect((await fetch(target!.replace('events', 'install'))).status).toBe(404);
  });
});

describe('a request that is played again', () => {
  it('is refused, and changes nothing', async () => {
    const town = await openSlackTown('http');
    const moderation = new MemoryCommunity();
    const connector = town.connect(moderation.asModeration());
    await connector.start();
    const { delivery } = town.server;
    const told = {
      type: 'message',
      channel: town.general.id,
      user: town.member.id,
      ts: '1700000000.000100',
      text: 'once',
    };
    const body = JSON.stringify(town.server.bodyOf(town.team, told));
    const at = Date.now();
    expect((await delivery.post(body, JSON_TYPE, { at })).status).toBe(200);
    expect((await delivery.post(body, JSON_TYPE, { at })).status).toBe(401);
    await until(() => moderation.received.length === 1);
    await connector.stop();
    await town.close();
  });
});

describe('an event for a workspace that is not ours', () => {
  it('is heard by no one', async () => {
    const town = await openSlackTown('socket');
    const moderation = new MemoryCommunity();
    const connector = town.connect(moderation.asModeration());
    await connector.start();
    const { world, delivery } = town.server;
    const other = world.addTeam('Elsewhere');
    world.post(other, world.addChannel(other, 'square'), world.addUser(other, 'Eve'), 'let me in');
    await until(() => delivery.pending === 0);
    world.post(town.team, town.general, town.member, 'ours');
    await until(() => moderation.received.length > 0);
    expect(moderation.received.map(({ text }) => text)).toEqual(['ours']);
    await connector.stop();
    await town.close();
  });
});

describe('a message of another app in the review channel', () => {
  it('is not taken for a card of ours, whatever it says of itself', async () => {
    const town = await openSlackTown('socket');
    const moderation = new MemoryCommunity();
    moderation.chosen.reviewChannel = town.review.id;
    const connector = town.connect(moderation.asModeration());
    await connector.start();
    const { world } = town.server;
    const card = cardOf({ flag: '00000000-0000-4000-8000-000000000001' });
    const here = { ...card, message: { ...card.message, platform: 'slack' as const, community: town.team.id } };
    const metadata = { event_type: 'evenkeel_card', event_payload: { key: here.flag } };
    const forged = world.post(town.team, town.review, town.member, 'Evenkeel', { bot_id: 'B9', metadata });
    const shown = await connector.show({ ...here, postedAt: new Date(Date.now() - 60_000) }, null);
    expect(shown.message).not.toBe(forged.ts);
    expect(town.review.messages.get(shown.message!)?.bot_id).toBe(town.team.bot.id);
    expect(town.review.messages.get(forged.ts)?.text).toBe('Evenkeel');
    // Its own one is found again.
    expect(await connector.show({ ...here, postedAt: new Date(Date.now() - 60_000) }, null)).toEqual(shown);
    await connector.stop();
    await town.close();
  });
});

describe('answers', () => {
  it('go to Slack and to no other host', async () => {
    let asked = 0;
    const spy = createServer((_request, response) => {
      asked += 1;
      response.end();
    }).listen(0, '127.0.0.1');
    await until(() => spy.listening);
    const { port } = spy.address() as AddressInfo;
    const guarded = createGuardedFetch('http://127.0.0.1:1/api/');
    const elsewhere = [
      `http://127.0.0.1:${port}/`,
      `http://localhost:${port}/`,
      'http://hooks.slack.com/x',
      'https://hooks.slack.com.evil.example/x',
      'https://user@hooks.slack.com/x',
    ];
    for (const url of elsewhere) expect(() => guarded(url)).toThrow('not Slack');
    expect(asked).toBe(0);
    const own = createGuardedFetch(`http://127.0.0.1:${port}/api/`);
    expect((await own(`http://127.0.0.1:${port}/actions/1`, { method: 'POST' })).status).toBe(200);
    spy.close();
    spy.closeAllConnections();
  });
});
