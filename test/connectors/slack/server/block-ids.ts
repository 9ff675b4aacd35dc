import type { Json } from '../../discord/server/json.ts';

/** Slack gives ids to what has none. */
export function named(blocks: readonly Json[]): Json[] {
  return blocks.map((block, at) => ({ block_id: `b${at}${Math.random().toString(36).slice(2, 5)}`, ...block }));
}
