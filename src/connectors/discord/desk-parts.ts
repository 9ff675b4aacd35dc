import type { REST } from 'discord.js';
import type { Finding } from '../../domain/finding.ts';
import type { CommunityAddress } from '../../domain/message.ts';
import type { Moderation } from '../moderation.ts';
import type { CardBoard } from './card-board.ts';
import type { GuildDirectory } from './guild-directory.ts';
import type { GuildIntake } from './guild-intake.ts';
import type { Sanctions } from './sanctions.ts';
import type { Speech } from './speech.ts';

/** What answers are made with. */
export interface DeskParts {
  moderation: Moderation;
  rest: REST;
  directory: GuildDirectory;
  intake: GuildIntake;
  board: CardBoard;
  speech: Speech;
  sanctions: Sanctions;
  /** What the bot lacks in a guild. */
  examine: (community: CommunityAddress) => Promise<Finding[]>;
}
