import type { MessageAddress } from './message.ts';

/** How far a community's posts are known. */
export interface HistoryMarks {
  /** In all channels; null where nothing was ever noted. */
  everywhere: Date | null;
  /** In channels that are being caught up, by id. */
  channels: ReadonlyMap<string, Date>;
}

/** A post whose text is kept. */
export interface KeptPost extends MessageAddress {
  link: string | null;
}
