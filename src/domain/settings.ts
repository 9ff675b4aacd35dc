import type { Band } from './flag.ts';
import type { Platform } from './message.ts';
import { DEFAULT_THRESHOLD } from './policy.ts';
import type { Policy } from './policy.ts';

/** Languages in which cards, commands and answers are written, by ISO 639-1. */
export const INTERFACE_LANGUAGES = ['en', 'es', 'it', 'de', 'fr', 'pt', 'ar', 'hi'] as const;
export type InterfaceLanguage = (typeof INTERFACE_LANGUAGES)[number];

/** Hours of the day without pings; from 22:00 to 07:00 spans midnight. */
export interface QuietHours {
  /** `HH:MM` on a 24-hour clock. */
  from: string;
  to: string;
  /** IANA name, such as `Europe/Rome`. */
  timeZone: string;
}

/** When a new card pings a role, and how often at most. */
export interface Notify {
  /** The platform's id of the role; null pings no one. */
  role: string | null;
  minimumBand: Band;
  perHour: number;
  quiet: QuietHours | null;
}

/**
 * Whether what moderators decide may train adapters. Off by default: platforms forbid or restrict training on messages, so
 * an administrator turns it on only with a reference to the permission that they hold.
 */
export type Training =
  | { state: 'off' }
  | {
      state: 'local-only';
      /** What the permission is written in: a ticket, a contract, a mail. */
      permission: string;
      by: string;
      at: Date;
    };

/** What a community chose. `mode` and `threshold` hold for its channels that have none of their own. */
export interface Settings extends Policy {
  /** The channel of the cards; null before setup. */
  reviewChannel: string | null;
  /** Null: as the platform says of each person. */
  language: InterfaceLanguage | null;
  /** Cards that one channel may raise in an hour; the rest is counted on one summary card. Null: no cap. */
  cardsPerHour: number | null;
  notify: Notify;
  training: Training;
  /** Days for which the text of flagged posts is kept. */
  retentionDays: number;
  /**
   * Unflagged posts that moderators are asked about in a day, drawn at random to learn what scores miss. Their text is
   * kept like that of flagged ones. 0, the default: none.
   */
  auditsPerDay: number;
  /** Null before an administrator finished the setup. */
  setUp: { by: string; at: Date } | null;
}

/** One or more settings as an administrator gives them; who and when are added where they are recorded. */
export interface SettingsChange extends Partial<
  Pick<
    Settings,
    'mode' | 'threshold' | 'reviewChannel' | 'language' | 'cardsPerHour' | 'notify' | 'retentionDays' | 'auditsPerDay'
  >
> {
  training?: { state: 'off' } | { state: 'local-only'; permission: string };
  /** True once the setup is finished. */
  setUp?: true;
}

export const RETENTION_DAYS = 30;
const CARDS_PER_HOUR = 20;

/** A local chat is its owner's own; elsewhere nothing is shown to anyone before a moderator asks for it. */
export function firstSettings(platform: Platform): Settings {
  return {
    mode: platform === 'local' ? 'review' : 'observe',
    threshold: DEFAULT_THRESHOLD,
    reviewChannel: null,
    language: null,
    cardsPerHour: platform === 'local' ? null : CARDS_PER_HOUR,
    notify: { role: null, minimumBand: 'high', perHour: 3, quiet: null },
    training: { state: 'off' },
    retentionDays: RETENTION_DAYS,
    auditsPerDay: 0,
    setUp: null,
  };
}

/** What is not classified at all: posts in a channel (its threads too) or category, of a role's members, or of one user. */
export const IGNORED_KINDS = ['channel', 'category', 'role', 'user'] as const;
export interface Ignored {
  kind: (typeof IGNORED_KINDS)[number];
  /** The platform's id. */
  id: string;
}
