// over 300 lines: the tables refer to each other, and drizzle-kit reads them from one file
import { sql } from 'drizzle-orm';
import {
  bigint,
  boolean,
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
import type { AnyPgColumn } from 'drizzle-orm/pg-core';
import type { AppealOutcome } from '../domain/appeal.ts';
import type { Decision } from '../domain/decision.ts';
import type { ExamplePart } from '../domain/example.ts';
import type { FlagState, Origin } from '../domain/flag.ts';
import type { Consensus } from '../domain/consensus.ts';
import type { Answer, Manifestation, Target } from '../domain/label.ts';
import type { QuarantineReason } from '../domain/quarantine.ts';
import type { Lesson, RunCause, RunOutcome } from '../domain/lesson.ts';
import type { Platform } from '../domain/message.ts';
import type { Mode } from '../domain/policy.ts';
import type { Ignored, InterfaceLanguage, Notify } from '../domain/settings.ts';
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
    /** These two hold for channels that have none of their own. */
    mode: text('mode').$type<Mode>().notNull().default('observe'),
    threshold: doublePrecision('threshold').notNull().default(0.5),
    reviewChannel: text('review_channel'),
    language: text('language').$type<InterfaceLanguage>(),
    cardsPerHour: integer('cards_per_hour'),
    notify: jsonb('notify').$type<Notify>(),
    retentionDays: integer('retention_days').notNull().default(30),
    /** The three of the permission that an administrator recorded; null where training is off. */
    trainingPermission: text('training_permission'),
    trainingBy: text('training_by'),
    trainingAt: instant('training_at'),
    setUpBy: text('set_up_by'),
    setUpAt: instant('set_up_at'),
    /** Unflagged posts that moderators are asked about in a day, drawn at random; 0: none, and their text is not kept. */
    auditsPerDay: integer('audits_per_day').notNull().default(0),
    /** The share of unflagged posts that is drawn for it, as the last day's posts tell. */
    auditRate: doublePrecision('audit_rate').notNull().default(0),
    /** What answers say of the community as a whole, never of one person: how common polarized posts are, how the model does. */
    consensus: jsonb('consensus').$type<Consensus>(),
    /** The application of the platform that serves it: what another one is not in is none of its business. */
    application: text('application'),
  },
  (t) => [
    unique('communities_address').on(t.platform, t.externalId),
    check('communities_mode', sql`${t.mode} in ('observe', 'review')`),
    check('communities_threshold', sql`${t.threshold} between 0 and 1`),
    check('communities_retention', sql`${t.retentionDays} between 1 and 30`),
    check('communities_cards', sql`${t.cardsPerHour} >= 0`),
    check('communities_audits', sql`${t.auditsPerDay} between 0 and 50 and ${t.auditRate} between 0 and 1`),
    check(
      'communities_training',
      sql`(${t.trainingPermission} is null) = (${t.trainingBy} is null) and (${t.trainingBy} is null) = (${t.trainingAt} is null)`,
    ),
  ],
);

export const channels = pgTable(
  'channels',
  {
    id: number('id').primaryKey().generatedAlwaysAsIdentity(),
    communityId: number('community_id')
      .notNull()
      .references(() => communities.id),
    externalId: text('external_id').notNull(),
    /** Null: as the parent, and if that has none either as the community. */
    mode: text('mode').$type<Mode>(),
    threshold: doublePrecision('threshold'),
    /** The channel that a thread belongs to, by the platform's id. */
    parent: text('parent'),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    unique('channels_address').on(t.communityId, t.externalId),
    check('channels_mode', sql`${t.mode} in ('observe', 'review')`),
    check('channels_threshold', sql`${t.threshold} between 0 and 1`),
  ],
);

/**
 * Up to when a community's posts are known: in all of its channels where `channel` is empty, else in one of them that is
 * being caught up after an outage.
 */
export const historyMarks = pgTable(
  'history_marks',
  {
    communityId: number('community_id')
      .notNull()
      .references(() => communities.id),
    channel: text('channel').notNull(),
    readTo: instant('read_to').notNull(),
  },
  (t) => [primaryKey({ columns: [t.communityId, t.channel] })],
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
    attachments: integer('attachments').notNull().default(0),
    postedAt: instant('posted_at'),
    receivedAt: instant('received_at').notNull().defaultNow(),
    deletedAt: instant('deleted_at'),
  },
  (t) => [
    unique('messages_address').on(t.channelId, t.externalId),
    index('messages_author').on(t.author, t.channelId),
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
    origin: text('origin').$type<Origin>().notNull().default('score'),
    /** Whether its channel's cap kept it from having a card of its own. */
    held: boolean('held').notNull().default(false),
    /** The role that its card pings when it is first posted, and when that was settled. */
    notify: text('notify'),
    notifiedAt: instant('notified_at'),
    /** When the revision was drawn at random though nothing flagged it; stays where it is flagged later. */
    drawnAt: instant('drawn_at'),
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
    index('flags_notified').on(t.communityId, t.notifiedAt),
    index('flags_drawn')
      .on(t.communityId, t.drawnAt)
      .where(sql`${t.drawnAt} is not null`),
    check('flags_state', sql`${t.state} in ('open', 'decided', 'withdrawn', 'removed', 'forgotten')`),
    check('flags_origin', sql`${t.origin} in ('score', 'report', 'moderator', 'audit')`),
    check('flags_decision', sql`${t.decision} in ('polarized', 'not_polarized', 'undecided')`),
  ],
);

export const labels = pgTable(
  'labels',
  {
    flagId: uuid('flag_id')
      .notNull()
      .references(() => flags.id),
    /** The flag's, so that a community's answers of a week are counted in an index. */
    communityId: number('community_id')
      .notNull()
      .references(() => communities.id),
    revision: number('revision').notNull(),
    moderator: text('moderator').notNull(),
    answer: text('answer').$type<Answer>().notNull(),
    targets: text('targets').array().$type<Target[]>().notNull().default([]),
    manifestations: text('manifestations').array().$type<Manifestation[]>().notNull().default([]),
    /** Sealed like the post that it may quote, and erased with it. */
    note: bytes('note'),
    /** When the moderator first answered: who did so first has claimed the flag. */
    firstAt: instant('first_at')
      .notNull()
      .default(sql`clock_timestamp()`),
    at: instant('at')
      .notNull()
      .default(sql`clock_timestamp()`),
  },
  (t) => [
    primaryKey({ columns: [t.flagId, t.revision, t.moderator] }),
    index('labels_moderator').on(t.moderator),
    index('labels_week').on(t.communityId, t.at, t.moderator),
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
    /** That the post is polarized, by every voice that counts; null where none does. What training weighs an example by. */
    probability: doublePrecision('probability'),
    /** Who made it a known answer, which labels no longer change, and when. */
    confirmedBy: text('confirmed_by'),
    confirmedAt: instant('confirmed_at'),
    at: instant('at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.flagId, t.revision] }),
    index('decisions_at').on(t.at),
    check('decisions_probability', sql`${t.probability} between 0 and 1`),
    check('decisions_confirmed', sql`(${t.confirmedBy} is null) = (${t.confirmedAt} is null)`),
  ],
);

/** How one moderator's answers hold up, to weigh them by. Shown to no one but the person it is about, who may export it. */
export const reliabilities = pgTable(
  'reliabilities',
  {
    communityId: number('community_id')
      .notNull()
      .references(() => communities.id),
    moderator: text('moderator').notNull(),
    /** The share of polarized posts that they call so, and of others that they do not. */
    sensitivity: doublePrecision('sensitivity').notNull(),
    specificity: doublePrecision('specificity').notNull(),
    at: instant('at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.communityId, t.moderator] }),
    check('reliabilities_range', sql`${t.sensitivity} between 0 and 1 and ${t.specificity} between 0 and 1`),
  ],
);

/** Answers of a moderator that count for nothing until an administrator takes them back in. */
export const quarantines = pgTable(
  'quarantines',
  {
    id: number('id').primaryKey().generatedAlwaysAsIdentity(),
    communityId: number('community_id')
      .notNull()
      .references(() => communities.id),
    moderator: text('moderator').notNull(),
    reason: text('reason').$type<QuarantineReason>().notNull(),
    /** How many answers that were when it began. */
    labels: integer('labels').notNull(),
    at: instant('at').notNull().defaultNow(),
    liftedBy: text('lifted_by'),
    liftedAt: instant('lifted_at'),
  },
  (t) => [
    uniqueIndex('quarantines_standing')
      .on(t.communityId, t.moderator)
      .where(sql`${t.liftedAt} is null`),
    check('quarantines_lifted', sql`(${t.liftedBy} is null) = (${t.liftedAt} is null)`),
  ],
);

/** A member who asked moderators to look. The reason is sealed like the post that it may quote, and erased with it. */
export const reports = pgTable(
  'reports',
  {
    id: number('id').primaryKey().generatedAlwaysAsIdentity(),
    flagId: uuid('flag_id')
      .notNull()
      .references(() => flags.id),
    reporter: text('reporter'),
    revision: number('revision').notNull(),
    reason: bytes('reason'),
    at: instant('at').notNull().defaultNow(),
  },
  (t) => [unique('reports_once').on(t.flagId, t.revision, t.reporter), index('reports_reporter').on(t.reporter)],
);

/** A moderator's call for others: one a revision, the first. */
export const escalations = pgTable(
  'escalations',
  {
    flagId: uuid('flag_id')
      .notNull()
      .references(() => flags.id),
    revision: number('revision').notNull(),
    moderator: text('moderator').notNull(),
    reason: bytes('reason'),
    at: instant('at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.flagId, t.revision] })],
);

/** An author's objection to a decision, and what moderators answered. Words are sealed and erased with the post's text. */
export const appeals = pgTable(
  'appeals',
  {
    flagId: uuid('flag_id')
      .notNull()
      .references(() => flags.id),
    revision: number('revision').notNull(),
    member: text('member').notNull(),
    statement: bytes('statement'),
    at: instant('at').notNull().defaultNow(),
    outcome: text('outcome').$type<AppealOutcome>(),
    answeredBy: text('answered_by'),
    answer: bytes('answer'),
    answeredAt: instant('answered_at'),
  },
  (t) => [
    primaryKey({ columns: [t.flagId, t.revision] }),
    index('appeals_member').on(t.member),
    check('appeals_outcome', sql`${t.outcome} in ('upheld', 'overturned')`),
    check('appeals_answered', sql`(${t.outcome} is null) = (${t.answeredAt} is null)`),
  ],
);

/** What is dropped at intake. */
export const ignores = pgTable(
  'ignores',
  {
    communityId: number('community_id')
      .notNull()
      .references(() => communities.id),
    kind: text('kind').$type<Ignored['kind']>().notNull(),
    externalId: text('external_id').notNull(),
    by: text('by').notNull(),
    at: instant('at').notNull().defaultNow(),
  },
  (t) => [
    primaryKey({ columns: [t.communityId, t.kind, t.externalId] }),
    check('ignores_kind', sql`${t.kind} in ('channel', 'category', 'role', 'user')`),
  ],
);

/** Members whose posts are dropped at intake because they asked for it. The id is what it takes to honour that. */
export const optOuts = pgTable(
  'opt_outs',
  {
    communityId: number('community_id')
      .notNull()
      .references(() => communities.id),
    member: text('member').notNull(),
    at: instant('at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.communityId, t.member] })],
);

/** How many cards a channel raised in an hour, how many its cap held back, and where the card is that counts those. */
export const cardHours = pgTable(
  'card_hours',
  {
    id: number('id').primaryKey().generatedAlwaysAsIdentity(),
    channelId: number('channel_id')
      .notNull()
      .references(() => channels.id),
    hour: instant('hour').notNull(),
    shown: integer('shown').notNull().default(0),
    held: integer('held').notNull().default(0),
    reference: jsonb('reference').$type<Record<string, string>>(),
    /** The count of held flags that the card at `reference` shows. */
    shownHeld: integer('shown_held').notNull().default(0),
  },
  (t) => [unique('card_hours_once').on(t.channelId, t.hour)],
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
    /** The community that it serves alone, and whose examples it learned from; null for one that serves all. */
    communityId: number('community_id').references(() => communities.id),
    /** The version of ours that its training started from; null where that came with the base. */
    parentId: number('parent_id').references((): AnyPgColumn => adapters.id, { onDelete: 'set null' }),
    /** sha256 of what it was trained on (ledger.ts); null for one that was not trained here. */
    ledger: text('ledger'),
    /** When it last became the active one; null where it never was. */
    servedAt: instant('served_at'),
    /** What its gate found. */
    lesson: jsonb('lesson').$type<Lesson>(),
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

/** Keys of the HTTP API, by the sha256 of what their holders send. A name is free again once its key is revoked. */
export const apiKeys = pgTable(
  'api_keys',
  {
    id: number('id').primaryKey().generatedAlwaysAsIdentity(),
    name: text('name').notNull(),
    hash: bytes('hash').notNull(),
    scopes: text('scopes').array().notNull(),
    textsPerMinute: integer('texts_per_minute').notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
    revokedAt: instant('revoked_at'),
  },
  (t) => [
    unique('api_keys_hash').on(t.hash),
    uniqueIndex('api_keys_name')
      .on(t.name)
      .where(sql`${t.revokedAt} is null`),
    check('api_keys_rate', sql`${t.textsPerMinute} > 0`),
  ],
);

/** Sign-ins to the console, by the hash of what their cookie holds. Of the person there is nothing. */
export const consoleSessions = pgTable('console_sessions', {
  hash: bytes('hash').primaryKey(),
  /** Whether it was the server's token that opened it: an operator sees every community. */
  operator: boolean('operator').notNull(),
  expiresAt: instant('expires_at').notNull(),
});

/** The communities that someone moderated or ran when they signed in, by what their platform said. */
export const consoleGrants = pgTable(
  'console_grants',
  {
    hash: bytes('hash')
      .notNull()
      .references(() => consoleSessions.hash, { onDelete: 'cascade' }),
    communityId: number('community_id')
      .notNull()
      .references(() => communities.id),
    administrator: boolean('administrator').notNull(),
  },
  (t) => [primaryKey({ columns: [t.hash, t.communityId] }), index('console_grants_community').on(t.communityId)],
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

/**
 * Apps that people install themselves, by the platform's id of their community, or of the organization that it is part of.
 * Sealed: it holds tokens. Of the person who installed it there is nothing.
 */
export const installations = pgTable(
  'installations',
  {
    platform: text('platform').$type<Platform>().notNull(),
    externalId: text('external_id').notNull(),
    sealed: bytes('sealed').notNull(),
    at: instant('at').notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.platform, t.externalId] })],
);

/**
 * What a community's decisions teach. A row exists only while its post's text is kept and goes with it, whoever deletes
 * that; it records the permission that the community held when it was taken.
 */
export const examples = pgTable(
  'examples',
  {
    id: number('id').primaryKey().generatedAlwaysAsIdentity(),
    messageId: number('message_id').notNull(),
    revision: number('revision').notNull(),
    /** Its labels say who decided. */
    flagId: uuid('flag_id')
      .notNull()
      .references(() => flags.id, { onDelete: 'cascade' }),
    communityId: number('community_id')
      .notNull()
      .references(() => communities.id),
    language: text('language').notNull(),
    /** That the post is polarized. */
    probability: doublePrecision('probability').notNull(),
    part: text('part').$type<ExamplePart>().notNull(),
    permission: text('permission').notNull(),
    /** `local-only`: it serves its community's own adapter. */
    scope: text('scope').$type<'local-only'>().notNull(),
    createdAt: instant('created_at').notNull().defaultNow(),
  },
  (t) => [
    unique('examples_once').on(t.messageId, t.revision),
    foreignKey({
      name: 'examples_text',
      columns: [t.messageId, t.revision],
      foreignColumns: [texts.messageId, texts.revision],
    }).onDelete('cascade'),
    index('examples_adapter').on(t.communityId, t.language),
    check('examples_part', sql`${t.part} in ('train', 'dev', 'holdout')`),
    check('examples_probability', sql`${t.probability} between 0 and 1`),
  ],
);

/**
 * Which examples a version was made with. A row outlives its example, as a number that leads nowhere: a version whose
 * example is gone before its term (`expired_at`) was trained on what someone had erased.
 */
export const adapterExamples = pgTable(
  'adapter_examples',
  {
    adapterId: number('adapter_id')
      .notNull()
      .references(() => adapters.id, { onDelete: 'cascade' }),
    exampleId: number('example_id').notNull(),
    part: text('part').$type<ExamplePart>().notNull(),
    probability: doublePrecision('probability').notNull(),
    /** sha256 of the sealed text: tells whether it is the same one, and nothing about its words. */
    digest: text('digest').notNull(),
    expiredAt: instant('expired_at'),
  },
  (t) => [primaryKey({ columns: [t.adapterId, t.exampleId] }), index('adapter_examples_example').on(t.exampleId)],
);

/** The files of a version in PEFT's format, so that any machine can serve it. */
export const adapterFiles = pgTable(
  'adapter_files',
  {
    adapterId: number('adapter_id')
      .notNull()
      .references(() => adapters.id, { onDelete: 'cascade' }),
    name: text('name').notNull(),
    bytes: bytes('bytes').notNull(),
  },
  (t) => [primaryKey({ columns: [t.adapterId, t.name] })],
);

/** Training runs of an adapter: one is under way at a time, whichever machine works on it. */
export const trainingRuns = pgTable(
  'training_runs',
  {
    id: number('id').primaryKey().generatedAlwaysAsIdentity(),
    base: text('base').notNull(),
    name: text('name').notNull(),
    communityId: number('community_id').references(() => communities.id),
    language: text('language').notNull(),
    cause: text('cause').$type<RunCause>().notNull(),
    startedAt: instant('started_at').notNull().defaultNow(),
    finishedAt: instant('finished_at'),
    outcome: text('outcome').$type<RunOutcome>(),
    adapterId: number('adapter_id').references(() => adapters.id, { onDelete: 'set null' }),
  },
  (t) => [
    uniqueIndex('training_runs_open')
      .on(t.base, t.name)
      .where(sql`${t.finishedAt} is null`),
    index('training_runs_community').on(t.communityId),
    check('training_runs_finished', sql`(${t.finishedAt} is null) = (${t.outcome} is null)`),
  ],
);

/** What a week's corrections changed, and where the platform shows the card that says so. Figures only, no text. */
export const weeklyReports = pgTable(
  'weekly_reports',
  {
    id: number('id').primaryKey().generatedAlwaysAsIdentity(),
    communityId: number('community_id')
      .notNull()
      .references(() => communities.id),
    /** The day on which the runs started, as `2026-11-23`. */
    day: text('day').notNull(),
    /** By language. */
    lessons: jsonb('lessons').$type<Record<string, Lesson>>().notNull(),
    version: integer('version').notNull().default(1),
    reference: jsonb('reference').$type<Record<string, string>>(),
    shownVersion: integer('shown_version').notNull().default(0),
  },
  (t) => [unique('weekly_reports_once').on(t.communityId, t.day)],
);

/** Processes that share out numbered things, such as the shards of a bot; `beat` counts up while they live. */
export const leaseHolders = pgTable('lease_holders', {
  id: uuid('id').primaryKey(),
  pool: text('pool').notNull(),
  beat: bigint('beat', { mode: 'number' }).notNull().default(0),
  /** Where its process' name means something; null where that is not known. */
  host: text('host'),
  process: text('process').notNull(),
});

/** Who has what of a pool: nobody where `holder` is null. */
export const leases = pgTable(
  'leases',
  {
    pool: text('pool').notNull(),
    slot: integer('slot').notNull(),
    holder: uuid('holder').references(() => leaseHolders.id, { onDelete: 'set null' }),
  },
  (t) => [primaryKey({ columns: [t.pool, t.slot] }), index('leases_holder').on(t.holder)],
);
