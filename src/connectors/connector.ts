import type { Card, CardSummary } from '../domain/flag.ts';
import type { WeeklyReport } from '../domain/lesson.ts';
import type { Finding } from '../domain/finding.ts';
import type { CommunityAddress, Platform } from '../domain/message.ts';

/** A platform: messages come in through `Moderation`, cards go out through `show`. */
export interface Connector {
  readonly platform: Platform;
  /** Connects and delivers messages until `stop`. */
  start(): Promise<void>;
  /** Stops taking messages, finishes the work in hand. */
  stop(): Promise<void>;
  /**
   * Draws the card, or redraws the one at `reference`. Called at least once for each state of a flag, so it must be
   * idempotent; the reference it returns is kept and handed back next time. `isFirst`: no call before this one was for this
   * flag, in any process, so that there can be no card of it yet.
   */
  show(card: Card, reference: CardReference | null, isFirst?: boolean): Promise<CardReference>;
  /** The same for the one card that counts what a channel's cap held back in an hour. */
  showSummary(summary: CardSummary, reference: CardReference | null): Promise<CardReference>;
  /** The same for the weekly report of what corrections changed. A platform without it shows reports where they are asked for. */
  showReport?(report: WeeklyReport, reference: CardReference | null): Promise<CardReference>;
  /** What only the platform knows of a community: missing permissions by channel, missing intents. */
  examine?(community: CommunityAddress): Promise<Finding[]>;
}

/** Where a platform keeps a card: its own ids, opaque to everyone else, stored as JSON. */
export type CardReference = Record<string, string>;
