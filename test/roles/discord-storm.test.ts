import { sql } from 'drizzle-orm';
import type { APIMessage } from 'discord.js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rowsOf } from '../../src/store/statement.ts';
import { seeded } from '../../src/trainer/random.ts';
import { cardsIn, hasButton, wordsOf } from '../connectors/discord/read.ts';
import { ApiError } from '../connectors/discord/server/api-error.ts';
import type { Fault } from '../connectors/discord/server/faults.ts';
import { createEmbedded } from '../database.ts';
import { until } from '../connectors/discord/town.ts';
import { openDiscordCommunity } from './discord-community.ts';
import type { DiscordCommunity } from './discord-community.ts';

/** `EVENKEEL_STORM=100000 npx vitest run test/roles/discord-storm.test.ts` takes its time, and says how far it is. */
const POSTS = Number(process.env['EVENKEEL_STORM'] ?? 1000);
const ROUND = 100;
const BACKLOG = 3000;
/** Above as many posts it tells after each such number. */
const TOLD_EVERY = 2500;
const FAULTS = ['error', 'limited', 'reset', 'lost', new ApiError(502, 0, 'Bad Gateway')] as const;

describe('a storm on Discord', () => {
  let community: DiscordCommunity;
  beforeAll(async () => {
    community = await openDiscordCommunity(createEmbedded);
  });
  afterAll(() => community.stop());

  const random = seeded(20_261_124);
  const chance = (share: number): boolean => random() < share;
  const kept = new Map<string, APIMessage>();
  const deleted = new Set<string>();

  /** What members do, and what goes wrong with the connection meanwhile. */
  async function round(): Promise<void> {
    const { general, member, server } = community;
    const { world, gateway } = server;
    for (let each = 0; each < ROUND; each += 1) {
      const post = world.post(general, member, `words ${chance(0.05) ? 90 : 10}%`);
      kept.set(post.id, post);
      if (chance(0.03)) kept.set(post.id, world.edit(general, post.id, { content: `edited ${chance(0.5) ? 95 : 5}%` }));
      if (chance(0.02)) {
        world.remove(general, post.id);
        kept.delete(post.id);
        deleted.add(post.id);
      }
      if (chance(0.005)) gateway.repeat(20);
      if (chance(0.003)) gateway.disconnect();
      if (chance(0.002)) gateway.askToReconnect();
      if (each % 10 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
  }

  /** Two moderators at once, one of them twice. */
  function clickLatest(): void {
    const { review, moderator, admin } = community;
    for (const card of cardsIn(review).slice(-5)) {
      if (!hasButton(card, 'polarized')) continue;
      for (const who of [moderator, admin, moderator]) community.click(who, card, 'polarized');
    }
  }

  async function countScores(): Promise<number> {
    const [row] = await rowsOf<{ count: number }>(
      community.database.handle,
      sql`select count(*)::int as count from messages m
        join verdicts v on v.message_id = m.id and v.revision = m.revision where m.deleted_at is null`,
    );
    return row!.count;
  }

  async function scores(): Promise<Map<string, number>> {
    const rows = await rowsOf<{ id: string; score: number }>(
      community.database.handle,
      sql`select m.external_id as id, v.score from messages m
        join verdicts v on v.message_id = m.id and v.revision = m.revision where m.deleted_at is null`,
    );
    return new Map(rows.map(({ id, score }) => [id, score]));
  }

  /** Posts that have no score, or not that of their last edit. */
  async function wrong(): Promise<number> {
    await community.settle();
    const found = await scores();
    return [...kept.values()].filter(({ id, content }) => found.get(id) !== Number(/(\d+)%/.exec(content)![1]) / 100)
      .length;
  }

  test(
    'loses no post, draws no card twice and counts no answer twice',
    async () => {
      const begun = performance.now();
      const { faults, gateway } = community.server;
      faults.always((): Fault | null => (chance(0.05) ? FAULTS[Math.floor(random() * FAULTS.length)]! : null));
      for (let at = 0; at * ROUND < POSTS; at += 1) {
        // Not faster than it can be stored for ever, or the end would take as long as all of it.
        if (at % 5 === 0) await until(async () => kept.size - (await countScores()) < BACKLOG);
        await round();
        clickLatest();
        if (at > 0 && (at * ROUND) % TOLD_EVERY === 0) {
          const { counts } = gateway;
          process.stdout.write(
            `${Math.round(performance.now() - begun) / 1000} s: ${kept.size} posts, ${cardsIn(community.review).length} cards, ` +
              `${counts.identify} sessions, ${counts.resume} resumes, ${community.server.desk.late} late\n`,
          );
        }
        if (at % 9 === 4) gateway.invalidate();
        if (at % 6 === 5) {
          await community.kill();
          await round();
          await community.restart();
        }
      }
      faults.always(null);

      await expect.poll(wrong, { timeout: 60_000 + POSTS * 20, interval: 250 }).toBe(0);
      const extra = [...(await scores()).keys()].filter((id) => !kept.has(id) && !deleted.has(id));
      expect(extra).toEqual([]);

      const cards = cardsIn(community.review);
      const flags = cards.map((card) => /:([0-9a-f-]{36})"/.exec(JSON.stringify(card.components))?.[1]);
      expect(flags.length).toBeGreaterThan(POSTS / 50);
      const posted = flags.filter((flag) => flag !== undefined);
      expect(new Set(posted).size).toBe(posted.length);
      for (const [place, flag] of flags.entries()) {
        if (flag === undefined) continue;
        const { labels, verdict } = await community.case(flag);
        expect(wordsOf(cards[place]!)).toContain(verdict.score.toFixed(2));
        expect(new Set(labels.map(({ moderator }) => moderator)).size).toBe(labels.length);
      }
    },
    60_000 + POSTS * 60,
  );
});
