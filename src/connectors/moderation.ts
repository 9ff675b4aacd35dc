import type { Appeal, AppealOutcome } from '../domain/appeal.ts';
import type { Card, RaisedBy } from '../domain/flag.ts';
import type { Finding } from '../domain/finding.ts';
import type { Decision } from '../domain/decision.ts';
import type { Agreement, ChannelPolicy, ExportRequest, Scope, Simulation, Stats } from '../domain/insight.ts';
import type { Answer, LabelDetails } from '../domain/label.ts';
import type { OwnVersion, TakenBack, WeeklyReport } from '../domain/lesson.ts';
import type { ChannelAddress, CommunityAddress, Message, MessageAddress } from '../domain/message.ts';
import type { Mode, Policy } from '../domain/policy.ts';
import type { Forgotten, PersonalData } from '../domain/privacy.ts';
import type { Ignored, Settings, SettingsChange } from '../domain/settings.ts';
import type { Explanation, Verdict } from '../domain/verdict.ts';
import type { Attendance } from './attendance.ts';

/**
 * What a connector may ask of the pipeline, by whose day it is. Every call is safe to repeat and sees only the community
 * that it names. None of them knows who may do what: the connector checks that before each call. People are named by
 * their ids on the platform. Wrong input is an `EvenkeelError` of code `input`, whose hint is for the person who gave it.
 */
export interface Moderation extends Intake, Attendance, Review, Insight, Administration, Privacy {}

/** What happens on the platform. */
export interface Intake {
  /**
   * New posts and edits, in any order, duplicates allowed; what is ignored or opted out is dropped here. Resolves once
   * they are stored durably.
   */
  receive(messages: readonly Message[]): Promise<void>;
  /** Posts deleted on the platform: their text goes, their cards say so. */
  remove(messages: readonly MessageAddress[]): Promise<void>;
  /** The bot was uninstalled: everything of the community goes. */
  purge(community: CommunityAddress): Promise<void>;
}

/** A flag, as the person who acts on it names it. */
export interface FlagAction {
  community: CommunityAddress;
  flag: string;
  moderator: string;
}

/** A moderator's day. All of them answer with the card as it then is; null where the community has no such flag. */
export interface Review {
  label(input: FlagAction & { answer: Answer; details?: LabelDetails }): Promise<Card | null>;
  /** Takes one's own label back within `UNDO_MS`; a later call, or one without a label, changes nothing. */
  undo(input: FlagAction): Promise<Card | null>;
  escalate(input: FlagAction & { reason: string | null }): Promise<Card | null>;
  /** Notes in the audit log what the platform did for a moderator; it changes no label. */
  recordSanction(input: FlagAction & { sanction: 'delete' | 'timeout' }): Promise<Card | null>;
  /** Makes what was decided, or an answer, a known one that labels no longer change. Null too where nothing is decided. */
  confirm(input: FlagAction & { answer: Exclude<Decision, 'undecided'> | null }): Promise<Card | null>;
  answerAppeal(input: FlagAction & { outcome: AppealOutcome; words: string | null }): Promise<Card | null>;
  queue(filter: QueueFilter): Promise<Card[]>;
  /** One flag by its id (or a unique prefix of at least 6 characters) within a community. */
  case(community: CommunityAddress, flag: string): Promise<Card | null>;
  /** A stored verdict and its flag, if any, by where the message is; null where there is none: then `check` its text. */
  find(message: MessageAddress): Promise<{ verdict: Verdict; card: Card | null } | null>;
  /** A verdict for a text that is not stored. */
  check(text: string): Promise<Verdict>;
  /** The words that drove a flag's score; null where there is no such flag, or its text is gone. */
  why(community: CommunityAddress, flag: string): Promise<{ card: Card; explanation: Explanation } | null>;
  /**
   * Makes a card of a post that no score flagged: a member reports it, or a moderator wants to label it. A post that has a
   * card already keeps it, with the report added. Classifies the post where that was not done.
   */
  raise(message: Message, by: { origin: RaisedBy; who: string; reason: string | null }): Promise<Raised>;
}

/** `deleted`: the post is gone; `opted-out`: its author has chosen not to be processed. */
export type Raised = { card: Card } | { refused: 'deleted' | 'opted-out' };

/** Which flags a moderator wants to see: the open ones, and those whose appeal waits. */
export interface QueueFilter {
  community: CommunityAddress;
  channel?: string;
  language?: string;
  /** `disputed`: moderators gave answers of both sides, and it waits for one more. */
  only?: 'escalated' | 'reported' | 'appealed' | 'disputed';
  /**
   * Instead of all that waits: what this moderator is asked today, five posts less the answers that they gave; of what
   * narrows, only `language` and `limit` count.
   */
  agendaOf?: string;
  /** `uncertain`: nearest to the threshold first. Default `new`. */
  sort?: 'new' | 'score' | 'uncertain';
  limit?: number;
}

/** What a community learns from stored scores, labels and ids; never from texts. */
export interface Insight {
  stats(community: CommunityAddress, since: Date): Promise<Stats>;
  /** How far moderators agree and what scores miss; no figure about anyone. */
  agreement(community: CommunityAddress, since: Date): Promise<Agreement>;
  /** What a threshold would have done in the last `days` (30 at most). */
  simulate(community: CommunityAddress, threshold: number, scope: Scope & { days: number }): Promise<Simulation>;
  /** What training on the community's decisions changed, the latest first. */
  reports(community: CommunityAddress, limit: number): Promise<WeeklyReport[]>;
  /** A file of ids, scores, labels and times, piece by piece. */
  export(community: CommunityAddress, request: ExportRequest): AsyncIterable<string>;
}

/** An administrator's day. Every change is in the audit log with `by`. */
export interface Administration {
  settings(community: CommunityAddress): Promise<Settings>;
  changeSettings(community: CommunityAddress, change: SettingsChange, by: string): Promise<Settings>;
  /** What holds in a channel: its own policy, its parent's or its community's. */
  policy(channel: ChannelAddress): Promise<Policy>;
  /** Channels that chose for themselves. */
  policies(community: CommunityAddress): Promise<ChannelPolicy[]>;
  /** Null: as the community. */
  setThreshold(channel: ChannelAddress, threshold: number | null, by: string): Promise<Policy>;
  setMode(channel: ChannelAddress, mode: Mode | null, by: string): Promise<Policy>;
  ignored(community: CommunityAddress): Promise<Ignored[]>;
  /** Resolves to whether it was new. */
  ignore(community: CommunityAddress, what: Ignored, by: string): Promise<boolean>;
  /** Resolves to whether it was there. */
  unignore(community: CommunityAddress, what: Ignored, by: string): Promise<boolean>;
  /** Lets answers that were set aside count again; false where there are none of that number. */
  restore(community: CommunityAddress, quarantine: number, by: string): Promise<boolean>;
  /** Has the community's adapters trained on its decisions now; false where its training is off. */
  retrain(community: CommunityAddress, by: string): Promise<boolean>;
  /** Versions that were trained for the community alone, the newest first. */
  versions(community: CommunityAddress): Promise<OwnVersion[]>;
  /** Has what answered before answer again, in a language or in all; empty where nothing of its own answers. */
  rollBack(community: CommunityAddress, language: string | undefined, by: string): Promise<TakenBack[]>;
  /** What is wrong, as far as the pipeline knows; the connector adds its own. Never empty. */
  doctor(community: CommunityAddress): Promise<Finding[]>;
}

/** What every member may ask about themselves. */
export interface Privacy {
  personalData(community: CommunityAddress, member: string): Promise<PersonalData>;
  /** Everything stored about a member, as a JSON document. */
  exportPersonalData(community: CommunityAddress, member: string): Promise<string>;
  /** Erases texts, ids and examples of a member; cards say so. What moderators answered stays, without names. */
  forget(community: CommunityAddress, member: string): Promise<Forgotten>;
  /** Their posts are dropped at intake from now on, or taken again. */
  setOptOut(community: CommunityAddress, member: string, optedOut: boolean): Promise<void>;
  /** Objects to the decision about one's own post; the same again answers with the appeal as it stands. Null: no such decision. */
  appeal(community: CommunityAddress, member: string, flag: string, statement: string): Promise<Appeal | null>;
  /** One's own appeals and their answers, newest first. */
  appeals(community: CommunityAddress, member: string): Promise<Appeal[]>;
}
