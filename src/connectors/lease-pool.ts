/** Numbered things that processes share out among them, each owned by one at a time: the shards of a bot. */
export interface LeasePool {
  /**
   * Takes part in a pool of `slots`; resolves once what is free for it was taken, perhaps nothing. Where others share the
   * pool in another number of slots, theirs holds: `use.take` says it.
   */
  join(this: void, pool: string, slots: number, use: LeaseUse): Promise<LeaseKeeping>;
}

/** What the owner of a slot is told. None of it may reject. */
export interface LeaseUse {
  /** It is this process's, of so many. */
  take(slot: number, slots: number): void;
  /** It may be another's any moment: nothing more may be done with it, but it may come back. */
  suspend(slot: number): void;
  /** It came back, and was nobody else's meanwhile. */
  resume(slot: number): void;
  /** It is no longer this process's; another's as soon as this resolves. */
  drop(slot: number): Promise<void>;
  /** This process's part of what all of them may do together, in (0, 1]. */
  share(part: number): void;
}

export interface LeaseKeeping {
  /** Whether a slot is this process's beyond doubt at this moment. */
  holds(slot: number): boolean;
  /** Gives everything back. */
  stop(): Promise<void>;
}
