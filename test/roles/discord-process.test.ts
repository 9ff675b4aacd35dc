import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InteractionType } from 'discord.js';
import type { APIMessage, APIUser } from 'discord.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { tinyBase } from '../classifier/tiny-base.ts';
import { Evenkeel } from '../commands/evenkeel.ts';
import { cardsIn, buttonOf, wordsOf } from '../connectors/discord/read.ts';
import { TOKEN } from '../connectors/discord/server/discord-server.ts';
import { openTown, until } from '../connectors/discord/town.ts';
import type { Asked } from '../connectors/discord/server/interaction-desk.ts';
import type { Town } from '../connectors/discord/town.ts';

describe('evenkeel start with DISCORD_TOKEN', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'evenkeel-discord-'));
  let town: Town;
  let base: string;
  const runs: Evenkeel[] = [];
  const start = (args: string[], env: NodeJS.ProcessEnv): Evenkeel => {
    const run = new Evenkeel(['start', '--port', '0', ...args], env);
    runs.push(run);
    return run;
  };
  beforeAll(async () => {
    town = await openTown();
    base = await tinyBase();
  });
  afterAll(async () => {
    for (const { child } of runs) child.kill('SIGKILL');
    await Promise.all(runs.map(({ ended }) => ended));
    await town.close();
    rmSync(dataDir, { recursive: true });
    rmSync(base, { recursive: true });
  });

  const command = (user: APIUser, verb: string, options: Record<string, unknown>): Promise<Record<string, unknown>> =>
    town.server.interact(InteractionType.ApplicationCommand, town.guild, town.review, user.id, {
      id: '1',
      name: 'keel-admin',
      type: 1,
      options: [
        { name: verb, type: 1, options: Object.entries(options).map(([name, value]) => ({ name, type: 3, value })) },
      ],
    }).shown;

  const press = (message: APIMessage, action: string): Asked =>
    town.server.interact(
      InteractionType.MessageComponent,
      town.guild,
      town.review,
      town.admin.id,
      { custom_id: buttonOf(message, action), component_type: 2 },
      { message },
    );

  test('needs nothing else to be set up, flag a post and take an answer, before and after a restart', async () => {
    const env = {
      DISCORD_TOKEN: TOKEN,
      DISCORD_API_URL: town.server.url,
      EVENKEEL_BASE: base,
      EVENKEEL_DATA_DIR: dataDir,
    };
    let run = start(['--json'], env);
    expect(JSON.parse(await run.line())).toMatchObject({ platforms: ['discord'] });

    await command(town.admin, 'setup', { review_channel: town.review.id, mode: 'review' });
    const preview = await command(town.admin, 'threshold', { value: 0 });
    await press(preview as unknown as APIMessage, 'save-threshold').shown;
    const post = (text: string) => town.server.world.post(town.general, town.member, text);
    post('They never listen to us.');
    await until(() => cardsIn(town.review).length > 0);
    const card = cardsIn(town.review)[0]!;
    run.child.kill('SIGTERM');
    expect(await run.ended).toMatchObject({ status: 0 });

    const missed = post('Said while nobody was listening.');
    run = start(['--json'], env);
    await run.line();
    await until(() => cardsIn(town.review).some((each) => JSON.stringify(each).includes(missed.id)));
    await press(card, 'not_polarized').responded;
    await until(() => wordsOf(town.review.messages.get(card.id)!).includes('Not polarized, says'));
    run.child.kill('SIGTERM');
    expect(await run.ended).toMatchObject({ status: 0 });
  });

  test('with a wrong token ends with what to do', async () => {
    const env = {
      DISCORD_TOKEN: 'wrong',
      DISCORD_API_URL: town.server.url,
      EVENKEEL_BASE: base,
      EVENKEEL_DATA_DIR: dataDir,
    };
    const run = start([], env);
    const { status, stderr } = await run.ended;
    expect(status).not.toBe(0);
    expect(stderr).toContain('Discord does not accept DISCORD_TOKEN');
    expect(stderr).toContain('Copy the token');
  });
});
