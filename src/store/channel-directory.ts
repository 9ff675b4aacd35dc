import type { ChannelAddress } from '../domain/message.ts';
import type { Policy } from '../domain/policy.ts';
import { addChannels, findChannels } from './channels.ts';
import type { ChannelRow } from './channels.ts';
import type { Database } from './database.ts';
import { storable } from './statement.ts';

/** Channels by address, added when first met. Remembers ids, which never change; policies are read where they count. */
export interface ChannelDirectory {
  /** Ids in the order of the addresses. */
  ids(addresses: readonly ChannelAddress[]): Promise<number[]>;
  /** A channel as it is now. */
  find(address: ChannelAddress): Promise<ChannelRow>;
}

export function createChannelDirectory(
  database: Database,
  firstPolicy: (address: ChannelAddress) => Policy,
): ChannelDirectory {
  const known = new Map<string, number>();

  async function load(addresses: readonly ChannelAddress[]): Promise<ChannelRow[]> {
    const rows = await findChannels(database.handle, addresses);
    for (const row of rows) known.set(keyOf(row), row.id);
    return rows;
  }

  async function add(addresses: readonly ChannelAddress[]): Promise<ChannelRow[]> {
    const rows = addresses.map((address) => ({ ...address, ...firstPolicy(address) }));
    await database.transaction((tx) => addChannels(tx, rows));
    return load(addresses);
  }

  function unknown(addresses: readonly ChannelAddress[]): ChannelAddress[] {
    const missing = addresses.filter((address) => !known.has(keyOf(address)));
    return [...new Map(missing.map((address) => [keyOf(address), address])).values()];
  }

  return {
    async ids(given) {
      const addresses = given.map(storableAddress);
      if (unknown(addresses).length > 0) await load(unknown(addresses));
      if (unknown(addresses).length > 0) await add(unknown(addresses));
      return addresses.map((address) => known.get(keyOf(address))!);
    },
    async find(given) {
      const address = storableAddress(given);
      const [row] = await load([address]);
      if (row !== undefined) return row;
      const [added] = await add([address]);
      return added!;
    },
  };
}

function keyOf({ platform, community, channel }: ChannelAddress): string {
  return JSON.stringify([platform, community, channel]);
}

function storableAddress({ platform, community, channel }: ChannelAddress): ChannelAddress {
  return { platform, community: storable(community), channel: storable(channel) };
}
