import { loadavg } from 'node:os';

/** 1 in the suite, where only that it works is tested; a minute in `npm run bench:discord` and `bench:slack`. */
export const LOAD_SECONDS = Number(process.env['EVENKEEL_LOAD_SECONDS'] ?? 1);
const A_SECOND = 50;

/** A platform's communities as far as load on them is concerned. */
export interface LoadedPlace {
  /** A member posts, as the so many-th; the post's id. */
  post(each: number): string;
  /** Every card in the review channels with the post that it is of. */
  cards(): readonly { id: string; post: string }[];
  /** A moderator answers a card, where that can be done. */
  click(card: string): void;
  /** Whether so many cards are all that there will be; `last`: the last post. */
  isAll(cards: number, last: string): boolean | Promise<boolean>;
  /** Resolves once nothing is under way. */
  settle(): Promise<void>;
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
export async function runLoad(place: LoadedPlace): Promise<LoadFigures> {
  const posted = new Map<string, number>();
  const waits: number[] = [];
  const seen = new Set<string>();
  const look = (): void => {
    for (const { id, post } of place.cards()) {
      if (seen.has(id)) continue;
      seen.add(id);
      waits.push(performance.now() - posted.get(post)!);
      place.click(id);
    }
  };
  const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 2));
  const begin = performance.now();
  for (let each = 0; each < LOAD_SECONDS * A_SECOND; each += 1) {
    posted.set(place.post(each), performance.now());
    while (performance.now() - begin < ((each + 1) * 1000) / A_SECOND) {
      look();
      await turn();
    }
  }
  const last = [...posted.keys()].at(-1)!;
  do {
    await turn();
    look();
  } while (!(await place.isAll(waits.length, last)));
  await place.settle();
  look();
  const sorted = waits.toSorted((one, other) => one - other);
  const at = (share: number): number => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
  return { posts: posted.size, cards: waits.length, p50: at(0.5), p95: at(0.95), load: loadavg()[0]!.toFixed(1) };
}

export function loadLine({ posts, cards, p50, p95, load }: LoadFigures): string {
  return `${posts} posts at ${A_SECOND}/s, ${cards} cards: p50 ${p50} ms, p95 ${p95} ms; load ${load}`;
}
