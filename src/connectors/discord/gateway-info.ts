import { Routes } from 'discord.js';
import type { APIGatewayBotInfo, APIGatewayInfo, REST } from 'discord.js';
import type { Gaps } from './gaps.ts';

/** Where the gateway is and how it may be used. A server that does not count shards and sessions has one and no limit. */
export async function gatewayInfo(rest: REST, gaps: Gaps): Promise<APIGatewayBotInfo> {
  const told = (await gaps.around('gateway/bot', () =>
    rest.get(Routes.gatewayBot()),
  )) as Partial<APIGatewayBotInfo> | null;
  const { url } = told?.url === undefined ? ((await rest.get(Routes.gateway())) as APIGatewayInfo) : { url: told.url };
  return {
    // A version and an encoding are added to it.
    url: url.replace(/\?.*$/, ''),
    shards: told?.shards ?? 1,
    session_start_limit: { ...UNLIMITED, ...told?.session_start_limit },
  };
}

const UNLIMITED = { total: 1000, remaining: 1000, reset_after: 0, max_concurrency: 1 };
