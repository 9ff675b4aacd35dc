import type { Moderation } from '../../../src/connectors/moderation.ts';
import type { CommunityAddress } from '../../../src/domain/message.ts';
import { firstSettings } from '../../../src/domain/settings.ts';
import type { Ignored, Settings } from '../../../src/domain/settings.ts';
import { MemoryModeration } from '../memory-moderation.ts';

/** What a connector asks of moderation while no person asks for anything. */
export class MemoryCommunity extends MemoryModeration {
  readonly chosen: Settings = { ...firstSettings('discord'), mode: 'review' };
  readonly purged: CommunityAddress[] = [];

  override async settings(): Promise<Settings> {
    return this.chosen;
  }

  async ignored(): Promise<Ignored[]> {
    return [];
  }

  async purge(community: CommunityAddress): Promise<void> {
    this.purged.push(community);
  }

  async lastSeen(): Promise<Date | null> {
    const times = this.received.map(({ postedAt }) => postedAt.getTime());
    return times.length === 0 ? null : new Date(Math.max(...times));
  }

  /** The same as a connector takes it. The rest of the contract is tested on the pipeline itself. */
  asModeration(): Moderation {
    return this as unknown as Moderation;
  }
}
