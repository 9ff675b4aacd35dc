import type { HistoryMarks } from '../domain/attendance.ts';
import type { CommunityAddress } from '../domain/message.ts';
import type { Attendance } from './attendance.ts';

/** Posts that come live are noted so often at most: what a killed process had not noted is read again, to no harm. */
const NOTED_EVERY_MS = 10_000;

/** How far a community's posts are known, in memory and, as far as a restart needs it, in the database. */
export class Progress {
  readonly #attendance: Pick<Attendance, 'marks' | 'mark'>;
  readonly #community: CommunityAddress;
  #marks: { everywhere: Date | null; channels: Map<string, Date> } | null = null;
  #noted: Date | null = null;
  #notedAt = -Infinity;
  /** Those that are open, and the newest post that came live meanwhile. */
  readonly #gaps = new Set<object>();
  #live: Date | null = null;

  constructor(attendance: Pick<Attendance, 'marks' | 'mark'>, community: CommunityAddress) {
    this.#attendance = attendance;
    this.#community = community;
  }

  /** As it stands; asked of the database the first time. */
  async marks(): Promise<HistoryMarks> {
    if (this.#marks === null) {
      const { everywhere, channels } = await this.#attendance.marks(this.#community);
      this.#marks = { everywhere, channels: new Map(channels) };
      this.#noted = everywhere;
    }
    return this.#marks;
  }

  /** A channel's history was read up to a moment: a restart goes on from there. */
  async readTo(channel: string, to: Date): Promise<void> {
    await this.#attendance.mark({ ...this.#community, channel }, to);
    this.#marks?.channels.set(channel, to);
  }

  /** All channels were read: whatever was posted up to a moment is known. */
  async caughtUp(to: Date): Promise<void> {
    const everywhere = later(to, this.#marks?.everywhere ?? null);
    await this.#note(everywhere);
    this.#marks = { everywhere, channels: new Map() };
  }

  /**
   * Posts may be missing from now on: until the gap is closed, a live post does not say that all before it is known.
   * Returns what closes it: with the moment up to which it was read, or null where there was nothing to read.
   */
  hold(): (to: Date | null) => Promise<void> {
    const gap = {};
    this.#gaps.add(gap);
    return async (to) => {
      const known = this.#live === null ? to : later(this.#live, to);
      if (known !== null && this.#gaps.size === 1 && this.#gaps.has(gap)) await this.caughtUp(known);
      this.#gaps.delete(gap);
      if (this.#gaps.size === 0) this.#live = null;
    };
  }

  /** A live post was stored, and everything before it. */
  async passed(to: Date): Promise<void> {
    if (this.#gaps.size > 0) {
      this.#live = later(to, this.#live);
      return;
    }
    if (this.#marks === null) return;
    this.#marks.everywhere = later(to, this.#marks.everywhere);
    if (performance.now() - this.#notedAt >= NOTED_EVERY_MS) await this.flush();
  }

  /** What was known is erased. */
  forget(): void {
    this.#marks = null;
    this.#noted = null;
    this.#live = null;
  }

  /** Notes what is only in memory. */
  async flush(): Promise<void> {
    const everywhere = this.#marks?.everywhere ?? null;
    if (everywhere !== null && everywhere.getTime() !== this.#noted?.getTime()) await this.#note(everywhere);
  }

  async #note(everywhere: Date): Promise<void> {
    this.#notedAt = performance.now();
    await this.#attendance.mark(this.#community, everywhere);
    this.#noted = everywhere;
  }
}

function later(one: Date, other: Date | null): Date {
  return other !== null && other > one ? other : one;
}
