import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { rowsOf } from '../../src/store/statement.ts';
import { seeded } from '../../src/trainer/random.ts';
import type { Json } from '../connectors/discord/server/json.ts';
import type { Fault } from '../connectors/slack/server/faults.ts';
import type { SlackMessage } from '../connectors/slack/server/world.ts';
import { until } from '../connectors/slack/town.ts';
import type { SlackMode } from '../connectors/slack/town.ts';
import { createEmbedded } from '../database.ts';
import { openSlackCommunity, wordsOf } from './slack-community.ts';
import type { SlackCommunity } from './slack-community.ts';

/** `EVENKEEL_STORM=100000 npx vitest run test/roles/slack-storm.test.ts` takes its time. */
const POSTS = Number(process.env['EVENKEEL_STORM'] ?? 1000);
const ROUND = 100;
const BACKLOG = 3000;
const IN_FLIGHT = 40;
const FAULTS: readonly Fault[] = ['error', 'limited', 'reset', 'lost', 'stored'];

describe.each<SlackMode>(['socket', 'http'])('a storm on Slack (%s)', (mode) => {
  let community: SlackCommunity;
  const random = seeded(20_261_124);
  const chance = (share: number): boolean => random() < share;
  const kept = new Map<string, SlackMessage>();
  const deleted = new Set<string>();

  beforeAll(async () => {
    community = await openSlackCommunity(createEmbedded, mode);
    const { server } = community;
    // The first queries of a database take their time.
    const { post } = await community.flag('the first words 90%');
    kept.set(post.ts, post);
    await community.settle();
    server.world.emit = (team, event: Json) => {
      const body = server.bodyOf(team, event);
      const send = (): void => void server.delivery.event(body);
      // Out of order, and some of them twice.
      if (chance(0.1)) setTimeout(send, random() * 30);
      else send();
      if (chance(0.02)) setTimeout(send, random() * 50);
    };
  });
  afterAll(() => community.stop());

  /** What members do, and what goes wrong with the connection meanwhile. */
  async function round(): Promise<void> {
    const { general, member, team, server } = community;
    const { world, socket, delivery } = server;
    for (let each = 0; each < ROUND; each += 1) {
      const parent = chance(0.1) ? [...kept.keys()].at(-1) : undefined;
      const thread = parent === undefined ? {} : { thread_ts: kept.get(parent)?.thread_ts ?? parent };
      const post = world.post(team, general, member, `words ${chance(0.05) ? 90 : 10}%`, thread);
      kept.set(post.ts, post);
      if (chance(0.03)) {
        world.edit(team, general, post.ts, { text: 'first 50%' });
        kept.set(post.ts, world.edit(team, general, post.ts, { text: `edited ${chance(0.5) ? 95 : 5}%` }));
      }
      if (chance(0.02)) {
        world.remove(team, general, post.ts);
        kept.delete(post.ts);
        deleted.add(post.ts);
      }
      if (mode === 'socket' && chance(0.005)) socket.breakAfter += 1;
      if (mode === 'socket' && chance(0.003)) socket.drop();
      if (mode === 'socket' && chance(0.003)) socket.refresh();
      // Slack sends 30,000 events an hour to a workspace's app at most; all at once would test this machine's queue.
      if (each % 10 === 0) await until(() => delivery.pending < IN_FLIGHT);
    }
  }

  /** Two moderators at once, one of them twice. */
  function clickLatest(): void {
    const { cards, moderator, admin, click } = community;
    for (const card of cards().slice(-5)) {
      if (!JSON.stringify(card.blocks).includes('v1:polarized')) continue;
      for (const who of [moderator, admin, moderator]) click(who, card, 'v1:polarized');
    }
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
  async function wrong(): Promise<string[]> {
    await community.settle();
    const found = await scores();
    return [...kept.values()]
      .filter(({ ts, text }) => found.get(ts) !== Number(/(\d+)%/.exec(text)![1]) / 100)
      .map(({ ts, text, thread_ts: thread }) => `${ts} ${text} ${thread ?? ''} ${found.get(ts)}`);
  }

  test(
    'loses no post, draws no card twice and counts no answer twice',
    async () => {
      const { faults, delivery } = community.server;
      faults.always(() => (chance(0.05) ? FAULTS[Math.floor(random() * FAULTS.length)]! : null));
      for (let at = 0; at * ROUND < POSTS; at += 1) {
        // What is read back after a restart has a limit, which a backlog without end would go over.
        if (at % 5 === 0) await until(async () => kept.size - (await scores()).size < BACKLOG);
        await round();
        clickLatest();
        if (at % 6 === 5) {
          await community.kill();
          await round();
          await community.restart();
        }
      }
      faults.always(null);
      await until(() => delivery.pending === 0);

      await expect.poll(wrong, { timeout: 60_000 + POSTS * 20, interval: 250 }).toEqual([]);
      const extra = [...(await scores()).keys()].filter((id) => !kept.has(id) && !deleted.has(id));
      expect(extra).toEqual([]);

      const cards = community.cards();
      const flags = cards.map((card) => /"value":"([0-9a-f-]{36})"/.exec(JSON.stringify(card.blocks))?.[1]);
      expect(flags.length).toBeGreaterThan(POSTS / 50);
      const posted = flags.filter((flag) => flag !== undefined);
      expect(new Set(posted).size).toBe(posted.length);
      for (const [place, flag] of flags.entries()) {
        if (flag === undefined) continue;
        const { labels, verdict } = await community.case(flag);
        expect(wordsOf(cards[place]!)).toContain(verdict.score.toFixed(2));
        expect(new Set(labels.map(({ moderator }) => moderator)).size).toBe(labels.length);
      }
      expect(Math.max(...delivery.ackMs)).toBeLessThan(3000);
    },
    60_000 + POSTS * 60,
  );
});
