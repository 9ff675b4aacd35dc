import type { Moderation } from '../../../src/connectors/moderation.ts';
import type { HistoryMarks, KeptPost } from '../../../src/domain/attendance.ts';
import type { CommunityAddress } from '../../../src/domain/message.ts';
import { firstSettings } from '../../../src/domain/settings.ts';
import type { Ignored, Settings } from '../../../src/domain/settings.ts';
import { MemoryModeration } from '../memory-moderation.ts';

/** What a connector asks of moderation while no person asks for anything. */
export class MemoryCommunity extends MemoryModeration {
  readonly chosen: Settings = { ...firstSettings('discord'), mode: 'review' };
  readonly purged: CommunityAddress[] = [];
  /** How far posts are known. */
  everywhere: Date | null = null;
  readonly channels = new Map<string, Date>();
  /** Guilds by the application that is in them. */
  readonly guilds = new Map<string, string>();

  override async settings(): Promise<Settings> {
    return this.chosen;
  }

  async ignored(): Promise<Ignored[]> {
    return [];
  }

  async purge(community: CommunityAddress): Promise<void> {
    this.guilds.delete(community.community);
    this.everywhere = null;
    this.purged.push(community);
  }

  async marks(): Promise<HistoryMarks> {
    return { everywhere: this.everywhere, channels: new Map(this.channels) };
  }

  async mark({ channel }: { channel?: string }, readTo: Date): Promise<void> {
    if (channel !== undefined) {
      this.channels.set(channel, readTo);
      return;
    }
    this.everywhere = readTo;
    this.channels.clear();
  }

  async *kept(_community: CommunityAddress, before: Date): AsyncIterable<KeptPost> {
    const gone = new Set(this.removed.map(({ message }) => message));
    for (const { platform, community, channel, message, link = null, postedAt } of this.received) {
      if (postedAt < before && !gone.has(message)) yield { platform, community, channel, message, link };
    }
  }

  async serve({ community }: CommunityAddress, application: string): Promise<void> {
    this.guilds.set(community, application);
  }

  async served(_platform: string, application: string): Promise<string[]> {
    return [...this.guilds].flatMap(([guild, served]) => (served === application ? [guild] : []));
  }

  /** The same as a connector takes it. The rest of the contract is tested on the pipeline itself. */
  asModeration(): Moderation {
    return this as unknown as Moderation;
  }
}
