import { loadavg } from 'node:os';
import { SAMPLE_CONVERSATION } from '../../src/connectors/local/sample-conversation.ts';
import type { Moderation } from '../../src/connectors/moderation.ts';
import type { CommunityAddress } from '../../src/domain/message.ts';

/** 1 in the suite, where only that it works is tested; a minute in `npm run bench:discord` and `bench:slack`. */
export const LOAD_SECONDS = Number(process.env['EVENKEEL_LOAD_SECONDS'] ?? 1);
const A_SECOND = 50;
/** What waits in a queue is asked for so far at most. */
const MOST_OPEN = 500;

/** A platform's community as far as load on it is concerned. */
export interface LoadedCommunity {
  address: CommunityAddress;
  moderation: Pick<Moderation, 'queue' | 'find'>;
  settle(): Promise<void>;
  /** Where members post. */
  channel: string;
  /** A member posts; the post's id. */
  post(text: string): string;
  /** Every card in the review channel with the post that it is of. */
  cards(): readonly { id: string; post: string }[];
  /** A moderator answers a card, where that can be done. */
  click(card: string): void;
}

/** In ms, from the post to its card. */
export interface LoadFigures {
  posts: number;
  cards: number;
  p50: number;
  p95: number;
  load: string;
}

/** 50 posts a second for `LOAD_SECONDS`, each card clicked as it appears; resolves once every card is there. */
export async function runLoad(community: LoadedCommunity): Promise<LoadFigures> {
  const posted = new Map<string, number>();
  const waits: number[] = [];
  const seen = new Set<string>();
  const look = (): void => {
    for (const { id, post } of community.cards()) {
      if (seen.has(id)) continue;
      seen.add(id);
      waits.push(performance.now() - posted.get(post)!);
      community.click(id);
    }
  };
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));
  const begin = performance.now();
  for (let each = 0; each < LOAD_SECONDS * A_SECOND; each += 1) {
    const { text } = SAMPLE_CONVERSATION[each % SAMPLE_CONVERSATION.length]!;
    const id = community.post(`${text} ${each}`);
    posted.set(id, performance.now());
    while (performance.now() - begin < ((each + 1) * 1000) / A_SECOND) {
      look();
      await turn();
    }
  }
  const last = { ...community.address, channel: community.channel, message: [...posted.keys()].at(-1)! };
  for (let all = false; !all; await turn()) {
    look();
    // Posts are taken in in their order.
    if ((await community.moderation.find(last)) === null) continue;
    await community.settle();
    look();
    const open = await community.moderation.queue({ community: community.address, limit: MOST_OPEN });
    all = waits.length >= open.length;
  }
  const sorted = waits.toSorted((one, other) => one - other);
  const at = (share: number): number => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
  return { posts: posted.size, cards: waits.length, p50: at(0.5), p95: at(0.95), load: loadavg()[0]!.toFixed(1) };
}

export function loadLine({ posts, cards, p50, p95, load }: LoadFigures): string {
  return `${posts} posts at ${A_SECOND}/s, ${cards} cards: p50 ${p50} ms, p95 ${p95} ms; load ${load}`;
}
