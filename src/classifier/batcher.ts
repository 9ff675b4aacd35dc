import { runHalving } from './halving.ts';

export interface BatcherOptions<Item, Result> {
  /** Answers a batch, in its order. Rejects as a whole; with a `too-large` error, its halves are tried. */
  run: (items: readonly Item[]) => Promise<Result[]>;
  /** Tokens of an item. */
  cost: (item: Item) => number;
  /** How many batches run at the same time. */
  workers: number;
  /** The most tokens of a batch; a dearer item goes alone. */
  maxTokens: number;
  /** Batches are kept small enough to take about this long, but not below `minTokens`: a post that comes now waits for one. */
  latencyMs: number;
  minTokens: number;
  /** How many items may wait before `room` holds back whoever submits. */
  maxWaiting: number;
  now?: () => number;
}

interface Waiting<Item, Result> {
  item: Item;
  resolve: (result: Result) => void;
  reject: (error: unknown) => void;
}

/** After this many batches without trouble, larger ones than memory sufficed for are tried again: what else used it may be gone. */
const PATIENCE = 1000;

/** How much the latest batch counts in the measured speed. */
const SMOOTHING = 0.3;

/**
 * Groups what comes one by one into batches. Nothing is held back for company: an item goes out at once where a worker is
 * idle, and what comes while all are busy makes the next batch. One full batch a worker is sent ahead, so that it
 * need not wait for the next to be put together.
 */
export class Batcher<Item, Result> {
  readonly #options: BatcherOptions<Item, Result>;
  readonly #now: () => number;
  readonly #waiting: Waiting<Item, Result>[] = [];
  #waitingTokens = 0;
  #running = 0;
  #scheduled = false;
  /** Tokens a millisecond of all workers together; null before the first batch that tells. */
  #speed: number | null = null;
  #lastEnd = 0;
  /** Tokens that memory suffices for, as far as is known. */
  #most: number;
  #sinceTooLarge = 0;
  readonly #idle: (() => void)[] = [];
  readonly #held: (() => void)[] = [];

  constructor(options: BatcherOptions<Item, Result>) {
    this.#options = options;
    this.#most = options.maxTokens;
    this.#now = options.now ?? (() => performance.now());
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Resolves when there is room for more; to be awaited before `submit`, so that the queue stays bounded. */
  room(): Promise<void> {
    if (this.#waiting.length < this.#options.maxWaiting) return Promise.resolve();
    return new Promise((resolve) => this.#held.push(resolve));
  }

  submit(item: Item): Promise<Result> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      this.#waitingTokens += this.#options.cost(item);
      this.#schedule();
    });
  }

  /** Resolves once everything submitted is answered. */
  idle(): Promise<void> {
    if (this.#running === 0 && this.#waiting.length === 0) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Items submitted in one turn of the event loop go out together. */
  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.#send();
    });
  }

  #send(): void {
    const { workers } = this.#options;
    while (this.#waiting.length > 0) {
      const ahead = this.#running < 2 * workers && this.#waitingTokens >= this.#budget();
      if (this.#running >= workers && !ahead) return;
      void this.#run(this.#take());
    }
  }

  #budget(): number {
    const { minTokens, latencyMs, workers } = this.#options;
    const affordable = this.#speed === null ? minTokens : (this.#speed * latencyMs) / workers;
    return Math.min(this.#most, Math.max(minTokens, affordable));
  }

  /** The oldest items, up to the budget. */
  #take(): { batch: Waiting<Item, Result>[]; tokens: number } {
    const budget = this.#budget();
    let count = 0;
    let tokens = 0;
    for (const { item } of this.#waiting) {
      const cost = this.#options.cost(item);
      if (count > 0 && tokens + cost > budget) break;
      tokens += cost;
      count += 1;
    }
    const batch = this.#waiting.splice(0, count);
    this.#waitingTokens -= tokens;
    for (const resolve of this.#held.splice(0, this.#options.maxWaiting - this.#waiting.length)) resolve();
    return { batch, tokens };
  }

  async #run({ batch, tokens }: { batch: Waiting<Item, Result>[]; tokens: number }): Promise<void> {
    this.#running += 1;
    const start = this.#now();
    const items = batch.map(({ item }) => item);
    const { outcomes, fits } = await runHalving(items, this.#options.run);
    const answered = outcomes.every(({ status }) => status === 'fulfilled');
    // Where an item fails even alone, the trouble is that item, not the size of the batch.
    if (answered) this.#remember(fits === null ? null : (tokens * fits) / batch.length);
    if (answered && fits === null) this.#learn(tokens, start);
    outcomes.forEach((outcome, i) => {
      const { resolve, reject } = batch[i]!;
      if (outcome.status === 'fulfilled') resolve(outcome.value);
      else reject(outcome.reason);
    });
    this.#running -= 1;
    this.#send();
    if (this.#running === 0) for (const resolve of this.#idle.splice(0)) resolve();
  }

  /** `fitting`: tokens that memory sufficed for where it did not for a whole batch, else null. */
  #remember(fitting: number | null): void {
    if (fitting !== null) {
      this.#most = Math.min(this.#most, fitting);
      this.#sinceTooLarge = 0;
    } else if (this.#most < this.#options.maxTokens && ++this.#sinceTooLarge >= PATIENCE) {
      this.#most = Math.min(this.#options.maxTokens, 2 * this.#most);
      this.#sinceTooLarge = 0;
    }
  }

  /** A batch sent ahead began when the one before it ended. Small batches say little about the speed of full ones. */
  #learn(tokens: number, start: number): void {
    const end = this.#now();
    const elapsed = end - Math.max(start, this.#lastEnd);
    this.#lastEnd = end;
    if (tokens < this.#options.minTokens / 2 || elapsed <= 0) return;
    const speed = tokens / elapsed;
    this.#speed = this.#speed === null ? speed : this.#speed + SMOOTHING * (speed - this.#speed);
  }
}
