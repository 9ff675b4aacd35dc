import type { Stats } from '../../domain/insight.ts';
import type { Mode } from '../../domain/policy.ts';
import type { CardContent, VerdictWords } from '../card-content.ts';
import type { CommandHelp } from '../command-grammar.ts';

/** A post of the local chat as the page sees it. Dates are ISO 8601 throughout. */
export interface Post {
  id: string;
  channel: string;
  author: string;
  text: string;
  postedAt: string;
  revision: number;
}

export interface Channel {
  id: string;
  mode: Mode;
  threshold: number;
}

/** All that the page draws. */
export interface Snapshot {
  channels: Channel[];
  /** Oldest first. */
  posts: Post[];
  /** Newest first. */
  open: CardContent[];
  /** Whether more flags are open than were sent. */
  more: boolean;
  /** Flags that left the queue since the start, latest first. */
  done: CardContent[];
  commands: readonly CommandHelp[];
  samplePlaying: boolean;
}

/** What the page hears. The first one on every connection is a snapshot, so that a page that was away misses nothing. */
export type LocalEvent =
  | { type: 'snapshot'; snapshot: Snapshot }
  /** New or edited. */
  | { type: 'post'; post: Post }
  | { type: 'post-removed'; id: string }
  | { type: 'card'; card: CardContent }
  | { type: 'channel'; channel: Channel }
  | { type: 'sample'; playing: boolean };

/** What a command answers. */
export type Reply =
  | { kind: 'queue'; cards: CardContent[]; more: boolean }
  /** To be answered, one by one. */
  | { kind: 'agenda'; cards: CardContent[] }
  /** Sentences to read. */
  | { kind: 'lines'; lines: string[] }
  | { kind: 'case'; card: CardContent }
  | { kind: 'stats'; days: number; stats: Stats; languageNames: Record<string, string> }
  | { kind: 'check'; verdict: VerdictWords; score: number; threshold: number }
  | { kind: 'policy'; channel: Channel; changed: boolean };
