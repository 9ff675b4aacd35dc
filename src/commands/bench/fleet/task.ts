/** Where the processes of a fleet benchmark work. */
interface Place {
  url: string;
  dataDir: string;
}

/** What a process of the fleet is; the answer to it is `ready`. */
export type FleetTask =
  | (Place & { role: 'connector' })
  /** A classifier of constant verdict that takes `serviceMs` for each post, one batch after the other. */
  | (Place & { role: 'classifier'; serviceMs: number })
  | (Place & { role: 'console' });

/** What a connector is asked to post: `rate` posts a second, or as many as are taken where it is null. Answered at once. */
export interface Feed {
  seconds: number;
  rate: number | null;
  /** The share of posts that get a card. */
  flagged: number;
}

/** What a process answers when it is asked how it is. */
export interface FleetReport {
  rssBytes: number;
  /** Processor time since it started. */
  cpuSeconds: number;
  /** Connector: posts stored, and posts that were not yet. Classifier: verdicts committed. */
  done: number;
  waiting: number;
  feeding: boolean;
  /** Of every 16th message: our own number, and when its verdict was committed, in ms. Since the last report. */
  seen: (readonly [message: number, at: number])[];
}

/** Asked of any process. */
export const REPORT = 'report';

export const BENCH_COMMUNITY = { platform: 'local', community: 'evenkeel-bench' } as const;

/** A post that begins with it is flagged. */
export const FLAGGED_MARK = '!';
