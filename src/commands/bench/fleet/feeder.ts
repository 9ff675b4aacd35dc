import { setTimeout as sleep } from 'node:timers/promises';
import type { Intake } from '../../../connectors/moderation.ts';
import { ownPosts } from '../posts.ts';
import { BENCH_COMMUNITY, FLAGGED_MARK } from './task.ts';
import type { Feed, FleetReport } from './task.ts';

/** Where posts come from: as many guilds, each with its own order, as a connector has lines of intake. */
const LINES = 64;

/** Posts that a line hands over at once where it is asked for as many as are taken. */
const BURST = 32;

/** How often posts of a rate are made up, in ms. */
const TICK_MS = 5;

/** Posts of a rate that may wait to be stored: what a connector would leave in its platform's history. */
const MOST_WAITING = 50_000;

const TEXTS = ownPosts(500).map(({ text }) => text);

/** Posts to a pipeline, and says how far it is. */
export function feedPosts({ receive }: Pick<Intake, 'receive'>): {
  feed(this: void, feed: Feed): void;
  report(this: void): Omit<FleetReport, 'rssBytes' | 'cpuSeconds'>;
} {
  const run = String(Date.now());
  let made = 0;
  let done = 0;
  let waiting = 0;
  let feeding = false;

  async function post(count: number, { flagged }: Feed): Promise<void> {
    waiting += count;
    const posts = Array.from({ length: count }, () => {
      const number = (made += 1);
      const text = TEXTS[number % TEXTS.length]!;
      const isFlagged = flagged > 0 && number % Math.round(1 / flagged) === 0;
      return {
        ...BENCH_COMMUNITY,
        channel: `channel ${number % LINES}`,
        message: `${run}-${number}`,
        revision: 0,
        author: `member ${number % 1000}`,
        text: isFlagged ? `${FLAGGED_MARK} ${text}` : text,
        postedAt: new Date(),
      };
    });
    await receive(posts);
    waiting -= count;
    done += count;
  }

  /** As many as are taken: each line posts again when its last posts are stored. */
  async function saturate(feed: Feed): Promise<void> {
    const end = performance.now() + feed.seconds * 1000;
    const line = async (): Promise<void> => {
      while (performance.now() < end) await post(BURST, feed);
    };
    await Promise.all(Array.from({ length: LINES }, line));
  }

  /** At a rate, whether they are taken or not, one by one as they would be typed. */
  async function pace(feed: Feed & { rate: number }): Promise<void> {
    const start = performance.now();
    const posts: Promise<void>[] = [];
    for (let posted = 0, at = 0; at < feed.seconds; at = (performance.now() - start) / 1000) {
      const due = Math.floor(at * feed.rate);
      for (; posted < due && waiting < MOST_WAITING; posted += 1) posts.push(post(1, feed));
      posted = Math.max(posted, due);
      await sleep(TICK_MS);
    }
    await Promise.all(posts);
  }

  return {
    feed(feed) {
      feeding = true;
      const { rate } = feed;
      const fed = rate === null ? saturate(feed) : pace({ ...feed, rate });
      void fed.finally(() => (feeding = false));
    },
    report: () => ({ done, waiting, feeding, seen: [] }),
  };
}
