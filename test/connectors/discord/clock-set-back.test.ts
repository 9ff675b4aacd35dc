import { Routes } from 'discord.js';
import { afterEach, expect, test, vi } from 'vitest';
import { createApi } from '../../../src/connectors/discord/api.ts';
import { SILENT } from '../../../src/runtime/log.ts';
import { Secret } from '../../../src/runtime/secrets.ts';
import { DiscordServer, TOKEN } from './server/discord-server.ts';

const AN_HOUR_MS = 3_600_000;

afterEach(() => vi.restoreAllMocks());

test('a clock that is set back by an hour keeps no request waiting for an hour', async () => {
  const server = new DiscordServer();
  await server.start();
  try {
    // One request a second: the second in the same second waits.
    const rest = createApi({ token: new Secret(TOKEN), url: server.url, share: 0.02 }, SILENT);
    await rest.get(Routes.user());
    const now = Date.now.bind(Date);
    let back = AN_HOUR_MS;
    vi.spyOn(Date, 'now').mockImplementation(() => now() - back);
    await rest.get(Routes.user());
    await rest.get(Routes.gateway());
    // One that waits for its turn when the clock is set back is refused, to be asked again, and the next goes through.
    const waiting = rest.get(Routes.user());
    back *= 2;
    await waiting.catch(() => {});
    await rest.get(Routes.user());
    expect(server.requests.filter((each) => each === 'GET /users/@me 200').length).toBeGreaterThanOrEqual(3);
  } finally {
    await server.stop();
  }
});
