import type { MessageAddress } from './message.ts';
import type { FlagState } from './flag.ts';

/** What is stored about one person in one community: counts and ids. No figure about the person is ever made from scores. */
export interface PersonalData {
  member: string;
  optedOut: boolean;
  /** Their posts of which a verdict is kept, and those of which the text is kept too. */
  messages: number;
  texts: number;
  /** Flags of their posts, newest first, 100 at most. */
  flags: { flag: string; message: MessageAddress; state: FlagState; flaggedAt: Date; textKept: boolean }[];
  /** Of those texts, examples that adapters may learn from. */
  examples: number;
  appeals: number;
  reports: number;
  /** As a moderator or administrator: answers given and entries of the audit log. */
  labels: number;
  auditEntries: number;
}

/** What forgetting a person took away. */
export interface Forgotten {
  messages: number;
  texts: number;
  flags: number;
  labels: number;
}
