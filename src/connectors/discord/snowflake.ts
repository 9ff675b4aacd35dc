/** Discord's ids carry their time: milliseconds since this one, above 22 bits (developers/reference#snowflakes). */
const EPOCH = 1_420_070_400_000;

/** The least id of a moment, to compare others with. */
export function snowflakeAt(moment: Date): string {
  return String(BigInt(Math.max(0, moment.getTime() - EPOCH)) << 22n);
}

/** When something with this id was made. */
export function momentOf(id: string): Date {
  return new Date(Number(BigInt(id) >> 22n) + EPOCH);
}

/** Whether the first was made after the second. */
export function isLater(id: string, than: string): boolean {
  return BigInt(id) > BigInt(than);
}

/** As a shard's number is defined: developers/events/gateway#sharding. */
export function shardOf(guild: string, shards: number): number {
  return Number((BigInt(guild) >> 22n) % BigInt(shards));
}
