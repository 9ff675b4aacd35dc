import { randomUUID } from 'node:crypto';
import type { LeaseKeeping, LeasePool, LeaseUse } from '../connectors/lease-pool.ts';
import { messageOf } from '../runtime/errors.ts';
import type { Logger } from '../runtime/log.ts';
import { isRunning, processName, processSpace } from '../runtime/process-name.ts';
import type { Database } from '../store/database.ts';
import { giveSlot, joinPool, leavePool, removeHolder, renewLeases, sizePool, takeSlots } from '../store/leases.ts';
import type { LeaseHolder, LeaseStanding } from '../store/leases.ts';

/** How often a holder gives a sign of life and looks around, in ms. */
const BEAT_MS = 500;

/** Without a sign of life that arrived for as long, in ms, a holder lets go of what it has until one arrives. */
const SUSPEND_MS = 3000;

/**
 * A holder whose signs of life have stood still for as long, in ms, is taken for dead. Others see them later than it gave
 * them, so it let go at least 1.5 s ago: enough for a timer of a busy process.
 */
const DEAD_MS = 4500;

const WATCH_MS = 250;

/**
 * Pools whose slots are shared out among processes by leases in the database. No clocks are compared: each process measures
 * by its own steady one how long a sign of life stands still, and only while it can look itself, so that nobody is taken for
 * dead in an outage of the database that all of them have.
 */
export function createLeasePool({ database, log }: { database: Database; log: Logger }): LeasePool {
  return { join: (pool, slots, use) => new Keeper({ database, log, pool, use }).start(slots) };
}

interface Parts {
  database: Database;
  log: Logger;
  pool: string;
  use: LeaseUse;
}

class Keeper {
  readonly #parts: Parts;
  readonly #space = processSpace();
  readonly #own = new Set<number>();
  #me: LeaseHolder;
  #slots = 0;
  #isSuspended = false;
  /** When the last sign of life that arrived was given. */
  #confirmedAt = -Infinity;
  /** Signs of life of others, and since when they have stood still. */
  #seen = new Map<string, { beat: number; since: number }>();
  #looking: Promise<void> | null = null;
  #isStopping = false;
  #isFailing = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    this.#me = this.#newcomer();
  }

  #newcomer(): LeaseHolder {
    return { id: randomUUID(), pool: this.#parts.pool, host: this.#space, process: processName() };
  }

  /** Resolves once it has what is free for it, perhaps nothing. */
  async start(slots: number): Promise<LeaseKeeping> {
    const { database, pool, log } = this.#parts;
    await joinPool(database.handle, this.#me);
    await this.#removeGone(await renewLeases(database.handle, this.#me));
    this.#slots = await database.transaction((tx) => sizePool(tx, pool, slots));
    if (this.#slots !== slots)
      log.warn('others share another number', { pool, shared: this.#slots, asked: slots, until: 'all have stopped' });
    await this.#look();
    const beat = setInterval(() => {
      this.#looking ??= this.#look()
        .then(
          () => this.#worked(),
          (error: unknown) => this.#failed(error),
        )
        .finally(() => (this.#looking = null));
    }, BEAT_MS);
    const watch = setInterval(() => this.#watch(), WATCH_MS);
    return {
      holds: (slot) => this.#own.has(slot) && !this.#isSuspended && this.#isConfirmed(),
      stop: async () => {
        this.#isStopping = true;
        clearInterval(beat);
        await this.#looking;
        clearInterval(watch);
        await this.#dropAll();
        await leavePool(database.handle, this.#me.id).catch((error: unknown) =>
          log.warn('leases were not given back; others take them soon', { pool, reason: messageOf(error) }),
        );
      },
    };
  }

  #isConfirmed(): boolean {
    return performance.now() - this.#confirmedAt < SUSPEND_MS;
  }

  #worked(): void {
    if (this.#isFailing) this.#parts.log.info('leases are renewed again', { pool: this.#parts.pool });
    this.#isFailing = false;
  }

  #failed(error: unknown): void {
    // What was not looked at may have moved meanwhile.
    this.#seen.clear();
    const { log, pool } = this.#parts;
    if (!this.#isFailing) log.warn('leases cannot be renewed', { pool, reason: messageOf(error) });
    this.#isFailing = true;
  }

  #watch(): void {
    if (this.#isSuspended || this.#isConfirmed() || this.#own.size === 0) return;
    this.#isSuspended = true;
    const { log, pool, use } = this.#parts;
    log.warn('let go of what is leased until the database answers', { pool, slots: this.#own.size });
    for (const slot of this.#own) use.suspend(slot);
  }

  async #look(): Promise<void> {
    const { database, log, pool, use } = this.#parts;
    const askedAt = performance.now();
    const standing = await renewLeases(database.handle, this.#me);
    if (standing === null) {
      log.warn('others took what is leased, as no sign of life came', { pool });
      await this.#dropAll();
      this.#me = this.#newcomer();
      await joinPool(database.handle, this.#me);
      return;
    }
    this.#confirmedAt = askedAt;
    if (this.#isSuspended && this.#isConfirmed()) {
      this.#isSuspended = false;
      for (const slot of this.#own) use.resume(slot);
    }
    await this.#removeDead(standing);
    if (!this.#isStopping) await this.#share(standing);
  }

  /** As many as any other, rounded up: gives what is too much, takes what is free. */
  async #share({ holders, slots }: LeaseStanding): Promise<void> {
    const { database, use } = this.#parts;
    use.share(1 / Math.max(1, holders.length));
    // What was taken while its answer was lost.
    for (const { slot, holder } of slots) if (holder === this.#me.id) this.#take(slot);
    const fair = Math.ceil(this.#slots / Math.max(1, holders.length));
    for (const slot of [...this.#own].slice(fair)) {
      this.#own.delete(slot);
      await use.drop(slot);
      await giveSlot(database.handle, this.#me, slot);
    }
    const wanted = fair - this.#own.size;
    if (wanted > 0) for (const slot of await takeSlots(database.handle, this.#me, wanted)) this.#take(slot);
  }

  #take(slot: number): void {
    if (this.#own.has(slot)) return;
    this.#own.add(slot);
    this.#parts.use.take(slot, this.#slots);
  }

  async #removeDead({ holders }: LeaseStanding): Promise<void> {
    const now = performance.now();
    const others = holders.filter(({ id }) => id !== this.#me.id);
    this.#seen = new Map(
      others.map(({ id, beat }) => {
        const seen = this.#seen.get(id);
        return [id, seen?.beat === beat ? seen : { beat, since: now }];
      }),
    );
    for (const holder of others) {
      const stoodStill = now - this.#seen.get(holder.id)!.since >= DEAD_MS;
      if (stoodStill || this.#isGone(holder)) await this.#remove(holder);
    }
  }

  /** Whether its process was one of this machine that runs no more; false where that cannot be known. */
  #isGone({ host, process: name }: Pick<LeaseHolder, 'host' | 'process'>): boolean {
    return host !== null && host === this.#space && !isRunning(name);
  }

  /** What a process of this machine left that was killed, perhaps the one before this one, need not be waited for. */
  async #removeGone(standing: LeaseStanding | null): Promise<void> {
    for (const holder of standing?.holders ?? [])
      if (holder.id !== this.#me.id && this.#isGone(holder)) await this.#remove(holder);
  }

  async #remove(holder: LeaseStanding['holders'][number]): Promise<void> {
    const { database, log, pool } = this.#parts;
    if (await removeHolder(database.handle, holder)) log.warn('a process that shared died; its part is free', { pool });
  }

  async #dropAll(): Promise<void> {
    const all = [...this.#own];
    this.#own.clear();
    this.#isSuspended = false;
    await Promise.all(all.map((slot) => this.#parts.use.drop(slot)));
  }
}
