import type { Card } from '../domain/flag.ts';
import type { Answer } from '../domain/label.ts';
import type { ChannelAddress, Message, MessageAddress, Platform } from '../domain/message.ts';
import type { Mode, Policy } from '../domain/policy.ts';
import type { Verdict } from '../domain/verdict.ts';

/** A platform: messages come in through `Moderation`, cards go out through `show`. */
export interface Connector {
  readonly platform: Platform;
  /** Connects and delivers messages until `stop`. */
  start(): Promise<void>;
  /** Stops taking messages, finishes the work in hand. */
  stop(): Promise<void>;
  /**
   * Draws the card, or redraws the one at `reference`. Called at least once for each state of a flag, so it must be
   * idempotent; the reference it returns is kept and handed back next time.
   */
  show(card: Card, reference: CardReference | null): Promise<CardReference>;
}

/** Where a platform keeps a card: its own ids, opaque to everyone else, stored as JSON. */
export type CardReference = Record<string, string>;

/** Which open flags a moderator wants to see. */
export interface QueueFilter {
  community: { platform: Platform; community: string };
  channel?: string;
  language?: string;
  /** `uncertain`: nearest to the threshold first. Default `new`. */
  sort?: 'new' | 'score' | 'uncertain';
  limit?: number;
}

/** Counts over a community since a moment. */
export interface Stats {
  messages: number;
  flagged: number;
  open: number;
  labels: number;
  /** Of the decided flags: how many moderators upheld. */
  upheld: number;
  overturned: number;
  languages: { language: string; messages: number; flagged: number }[];
}

/** What a connector may ask of the pipeline. Every call is safe to repeat. */
export interface Moderation {
  /** New posts and edits, in any order, duplicates allowed. Resolves once they are stored durably. */
  receive(messages: readonly Message[]): Promise<void>;
  /** Posts deleted on the platform: their text goes, their cards say so. */
  remove(messages: readonly MessageAddress[]): Promise<void>;
  /** A moderator's answer; null where no such flag exists in this community. */
  label(input: {
    community: QueueFilter['community'];
    flag: string;
    moderator: string;
    answer: Answer;
  }): Promise<Card | null>;
  queue(filter: QueueFilter): Promise<Card[]>;
  /** One flag by its id (or a unique prefix of at least 6 characters) within a community. */
  case(community: QueueFilter['community'], flag: string): Promise<Card | null>;
  stats(community: QueueFilter['community'], since: Date): Promise<Stats>;
  /** A verdict for a text that is not stored. */
  check(text: string): Promise<Verdict>;
  policy(channel: ChannelAddress): Promise<Policy>;
  setThreshold(channel: ChannelAddress, threshold: number, by: string): Promise<Policy>;
  setMode(channel: ChannelAddress, mode: Mode, by: string): Promise<Policy>;
}
