import type { ChannelAddress } from '../domain/message.ts';
import { addChannels, findChannels } from './channels.ts';
import type { ChannelRow, PlacedChannel } from './channels.ts';
import type { Database } from './database.ts';
import { storable } from './statement.ts';

/** Channels by address, added when first met. Remembers ids, which never change; policies are read where they count. */
export interface ChannelDirectory {
  /** Ids in the order of the addresses. */
  ids(addresses: readonly PlacedChannel[]): Promise<number[]>;
  /** A channel as it is now. */
  find(address: ChannelAddress): Promise<ChannelRow>;
  /** Remembers nothing any more: a community was purged, by this process or another. */
  clear(): void;
}

export function createChannelDirectory(database: Database): ChannelDirectory {
  const known = new Map<string, { id: number; parent: string | null }>();

  async function load(addresses: readonly ChannelAddress[]): Promise<ChannelRow[]> {
    const rows = await findChannels(database.handle, addresses);
    for (const row of rows) known.set(keyOf(row), { id: row.id, parent: row.parent });
    return rows;
  }

  async function add(addresses: readonly PlacedChannel[]): Promise<ChannelRow[]> {
    await database.transaction((tx) => addChannels(tx, addresses));
    return load(addresses);
  }

  function unknown(addresses: readonly PlacedChannel[]): PlacedChannel[] {
    const missing = addresses.filter((address) => {
      const found = known.get(keyOf(address));
      return found === undefined || (address.parent !== undefined && address.parent !== found.parent);
    });
    return [...new Map(missing.map((address) => [keyOf(address), address])).values()];
  }

  return {
    async ids(given) {
      const addresses = given.map(storableAddress);
      if (unknown(addresses).length > 0) await load(unknown(addresses));
      if (unknown(addresses).length > 0) await add(unknown(addresses));
      return addresses.map((address) => known.get(keyOf(address))!.id);
    },
    async find(given) {
      const address = storableAddress(given);
      const [row] = await load([address]);
      if (row !== undefined) return row;
      const [added] = await add([address]);
      return added!;
    },
    clear: () => known.clear(),
  };
}

function keyOf({ platform, community, channel }: ChannelAddress): string {
  return JSON.stringify([platform, community, channel]);
}

function storableAddress({ platform, community, channel, parent }: PlacedChannel): PlacedChannel {
  const address = { platform, community: storable(community), channel: storable(channel) };
  return parent === undefined ? address : { ...address, parent: storable(parent) };
}
