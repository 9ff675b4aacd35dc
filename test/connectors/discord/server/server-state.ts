import type { ApiError } from './api-error.ts';
import type { Gateway } from './gateway.ts';
import type { GuildWorld } from './guild-world.ts';
import type { OAuth } from './oauth.ts';
import type { InteractionDesk } from './interaction-desk.ts';

/** What a route of the API works on. */
export interface ServerState {
  readonly world: GuildWorld;
  readonly gateway: Gateway;
  readonly desk: InteractionDesk;
  readonly oauth: OAuth;
  /** As the bot has put them, all at once. */
  commands: Record<string, unknown>[];
  readonly auditLog: { action: string; target: string; reason: string | null }[];
  /** Messages by the nonce that they were made with. */
  readonly nonces: Map<string, string>;
  readonly applicationFlags: number;
  readonly gatewayUrl: string;
  /** Knows no nonces, among other things. */
  readonly plain: boolean;
  /** Records faults and refuses the request that has them. */
  refuse(what: string, faults: readonly string[]): void;
  violation(fault: string): ApiError;
}
