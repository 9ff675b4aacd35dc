import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  customType,
  doublePrecision,
  foreignKey,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  timestamp,
  unique,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import type { Decision } from '../domain/decision.ts';
import type { FlagState } from '../domain/flag.ts';
import type { Answer } from '../domain/label.ts';
import type { Platform } from '../domain/message.ts';
import type { Mode } from '../domain/policy.ts';
import type { RoutingReason } from '../domain/verdict.ts';

/** `candidate`: trained, waits for its gate; `active`: served; `retired`: was served or failed its gate. */
export type AdapterState = 'candidate' | 'active' | 'retired';
/** Figures of an evaluation by name, as scikit-learn names them (`f1_macro`). */
export type AdapterMetrics = Record<string, number>;

/** Rows that are made for ever (messages, audit) are numbered: a number is half a UUID and stays in order in an index. */
const number = (name: string) => bigint(name, { mode: 'number' });
const instant = (name: string) => timestamp(name, { withTimezone: true, mode: 'date' });
const bytes = customType<{ data: Uint8Array }>({ dataType: () => 'bytea' });

export const communities = pgTable(
  'communities',
  {
    id: number('id').primaryKey().generatedAlwaysAsIdentity(),
    platform: text('platform').$type<Platform>().notNull(),
    externalId: text('external_id').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [unique('communities_address').on(t.platform, t.externalId)],
);

export const channels = pgTable(
  'channels',
  {
    id: number('id').primaryKey().generatedAlwaysAsIdentity(),
    communityId: number('community_id')
      .notNull()
      .references(() => communities.id),
    externalId: text('external_id').notNull(),
    mode: text('mode').$type<Mode>().notNull().default('observe'),
    threshold: doublePrecision('threshold').notNull().default(0.5),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    unique('channels_address').on(t.communityId, t.externalId),
    check('channels_mode', sql`${t.mode} in ('observe', 'review')`),
    check('channels_threshold', sql`${t.threshold} between 0 and 1`),
  ],
);

/** One row a message, at its latest revision. A message deleted before it was seen has only its address and `deleted_at`. */
export const messages = pgTable(
  'messages',
  {
    id: number('id').primaryKey().generatedAlwaysAsIdentity(),
    channelId: number('channel_id')
      .notNull()
      .references(() => channels.id),
    externalId: text('external_id').notNull(),
    revision: number('revision'),
    author: text('author'),
    link: text('link'),
    postedAt: instant('posted_at'),
    receivedAt: instant('received_at').notNull().defaultNow(),
    deletedAt: instant('deleted_at'),
  },
  (t) => [
    unique('messages_address').on(t.channelId, t.externalId),
    index('messages_received').on(t.channelId, t.receivedAt),
    index('messages_tombstones')
      .on(t.deletedAt)
      .where(sql`${t.revision} is null`),
  ],
);

/**
 * The only place that holds text, sealed: from intake until the verdict, and for flagged posts until their retention
 * ends. A row apart from its message, so that unflagged text goes by deleting a row.
 */
export const texts = pgTable(
  'texts',
  {
    messageId: number('message_id')
      .notNull()
      .references(() => messages.id),
    revision: number('revision').notNull(),
    sealed: bytes('sealed').notNull(),
    receivedAt: instant('received_at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.messageId, t.revision] }), index('texts_received').on(t.receivedAt)],
);

export const verdicts = pgTable(
  'verdicts',
  {
    messageId: number('message_id')
      .notNull()
      .references(() => messages.id),
    revision: number('revision').notNull(),
    score: doublePrecision('score').notNull(),
    language: text('language').notNull(),
    adapter: text('adapter').notNull(),
    adapterVersion: text('adapter_version').notNull(),
    reason: text('reason').$type<RoutingReason>().notNull(),
    at: instant('at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.messageId, t.revision] })],
);

export const flags = pgTable(
  'flags',
  {
    /** Random, so that its first characters tell flags apart in a command. */
    id: uuid('id').primaryKey(),
    messageId: number('message_id').notNull().unique('flags_message'),
    communityId: number('community_id')
      .notNull()
      .references(() => communities.id),
    revision: number('revision').notNull(),
    firstRevision: number('first_revision').notNull(),
    state: text('state').$type<FlagState>().notNull(),
    decision: text('decision').$type<Decision>().notNull().default('undecided'),
    threshold: doublePrecision('threshold').notNull(),
    /** Counts what a card would show differently; a card that shows it is up to date. */
    version: integer('version').notNull().default(1),
    flaggedAt: instant('flagged_at').notNull().defaultNow(),
    changedAt: instant('changed_at').notNull().defaultNow(),
  },
  (t) => [
    foreignKey({
      name: 'flags_verdict',
      columns: [t.messageId, t.revision],
      foreignColumns: [verdicts.messageId, verdicts.revision],
    }),
    index('flags_queue').on(t.communityId, t.state, t.flaggedAt),
    check('flags_state', sql`${t.state} in ('open', 'decided', 'withdrawn', 'removed')`),
    check('flags_decision', sql`${t.decision} in ('polarized', 'not_polarized', 'undecided')`),
  ],
);

export const labels = pgTable(
  'labels',
  {
    flagId: uuid('flag_id')
      .notNull()
      .references(() => flags.id),
    revision: number('revision').notNull(),
    moderator: text('moderator').notNull(),
    answer: text('answer').$type<Answer>().notNull(),
    at: instant('at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.flagId, t.revision, t.moderator] }),
    check('labels_answer', sql`${t.answer} in ('polarized', 'not_polarized', 'unsure')`),
  ],
);

/** What a community held true of each revision of a flagged message, kept when an edit opens the flag again. */
export const decisions = pgTable(
  'decisions',
  {
    flagId: uuid('flag_id')
      .notNull()
      .references(() => flags.id),
    revision: number('revision').notNull(),
    decision: text('decision').$type<Decision>().notNull(),
    at: instant('at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.flagId, t.revision] })],
);

/** Where a flag's one card is on its platform, and which version of the flag it shows. */
export const cards = pgTable('cards', {
  flagId: uuid('flag_id')
    .primaryKey()
    .references(() => flags.id),
  reference: jsonb('reference').$type<Record<string, string>>().notNull(),
  version: integer('version').notNull(),
  shownAt: instant('shown_at').notNull().defaultNow(),
});

export const adapters = pgTable(
  'adapters',
  {
    id: number('id').primaryKey().generatedAlwaysAsIdentity(),
    base: text('base').notNull(),
    name: text('name').notNull(),
    version: text('version').notNull(),
    state: text('state').$type<AdapterState>().notNull(),
    metrics: jsonb('metrics').$type<AdapterMetrics>().notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    changedAt: instant('changed_at').notNull().defaultNow(),
  },
  (t) => [
    unique('adapters_version').on(t.base, t.name, t.version),
    uniqueIndex('adapters_active')
      .on(t.base, t.name)
      .where(sql`${t.state} = 'active'`),
    check('adapters_state', sql`${t.state} in ('candidate', 'active', 'retired')`),
  ],
);

/** Who did what, when. Never the text of a message. */
export const auditLog = pgTable(
  'audit_log',
  {
    id: number('id').primaryKey().generatedAlwaysAsIdentity(),
    communityId: number('community_id').references(() => communities.id),
    who: text('who').notNull(),
    what: text('what').notNull(),
    at: instant('at').notNull().defaultNow(),
    details: jsonb('details').$type<Record<string, string | number | null>>().notNull(),
  },
  (t) => [index('audit_log_community').on(t.communityId, t.at)],
);
