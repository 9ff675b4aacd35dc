import { setTimeout as sleep } from 'node:timers/promises';
import { startMember } from './members.ts';
import type { Member } from './members.ts';
import type { Feed, FleetReport } from './task.ts';

const LOOK_MS = 100;

/** What all processes have done so far. */
export interface Standing {
  stored: number;
  classified: number;
  feeding: boolean;
  cpuSeconds: number;
  rss: { role: string; bytes: number }[];
  /** Messages and when their verdicts were committed, since it was last asked. */
  seen: FleetReport['seen'];
}

/** The processes of a benchmark. */
export class Fleet {
  readonly #place: { url: string; dataDir: string };
  #members: Member[] = [];

  constructor(place: { url: string; dataDir: string }) {
    this.#place = place;
  }

  async start(size: { connectors: number; classifiers: number; consoles: number; serviceMs: number }): Promise<void> {
    const { serviceMs } = size;
    const wanted = [
      ...Array.from({ length: size.connectors }, () => ({ ...this.#place, role: 'connector' as const })),
      ...Array.from({ length: size.classifiers }, () => ({ ...this.#place, role: 'classifier' as const, serviceMs })),
      ...Array.from({ length: size.consoles }, () => ({ ...this.#place, role: 'console' as const })),
    ];
    this.#members.push(...(await Promise.all(wanted.map(startMember))));
  }

  async feed(feed: Feed, { wait = true } = {}): Promise<void> {
    for (const member of this.#members) if (member.role === 'connector') await member.feed(feed);
    if (wait) await this.fed();
  }

  /** Resolves once nothing more is posted. */
  async fed(): Promise<void> {
    while ((await this.#reports()).some(({ feeding }) => feeding)) await sleep(LOOK_MS);
  }

  /** Resolves once every post that was stored has its verdict. */
  async drained(): Promise<void> {
    for (;;) {
      const { stored, classified } = await this.report({ keep: true });
      if (classified >= stored) return;
      await sleep(LOOK_MS);
    }
  }

  #kept: FleetReport['seen'] = [];

  async report({ keep = false } = {}): Promise<Standing> {
    const reports = await this.#reports();
    const sum = (role: string): number =>
      reports.filter((each) => each.role === role).reduce((total, { done }) => total + done, 0);
    const seen = this.#kept;
    if (!keep) this.#kept = [];
    return {
      stored: sum('connector'),
      classified: sum('classifier'),
      feeding: reports.some(({ feeding }) => feeding),
      cpuSeconds: reports.reduce((total, { cpuSeconds }) => total + cpuSeconds, 0),
      rss: reports.map(({ role, rssBytes }) => ({ role, bytes: rssBytes })),
      seen,
    };
  }

  async #reports(): Promise<(FleetReport & { role: string })[]> {
    const reports = await Promise.all(
      this.#members.map(async (member) => ({ role: member.role, ...(await member.report()) })),
    );
    for (const { seen } of reports) this.#kept.push(...seen);
    return reports;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#members.splice(0).map((member) => member.stop()));
    this.#kept = [];
  }
}
