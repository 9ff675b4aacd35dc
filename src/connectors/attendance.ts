import type { HistoryMarks, KeptPost } from '../domain/attendance.ts';
import type { CommunityAddress, Platform } from '../domain/message.ts';

/** What a connector has to remember of where it is and what it has read, so that it knows what an absence missed. */
export interface Attendance {
  marks(community: CommunityAddress): Promise<HistoryMarks>;
  /**
   * Notes that every post up to a moment is known: in one channel, or where none is named in all of them, after which
   * no channel has a mark of its own. A mark never moves back.
   */
  mark(where: CommunityAddress & { channel?: string }, readTo: Date): Promise<void>;
  /** Posts of before a moment whose text is kept: their edit or deletion during an absence has to be looked for. */
  kept(community: CommunityAddress, before: Date): AsyncIterable<KeptPost>;
  /** Notes that an application of the platform is in a community. */
  serve(community: CommunityAddress, application: string): Promise<void>;
  /** The communities that an application was in and that were not purged since. */
  served(platform: Platform, application: string): Promise<string[]>;
}
