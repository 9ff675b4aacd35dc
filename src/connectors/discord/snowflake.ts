/** Discord's ids carry their time: milliseconds since this one, above 22 bits (developers/reference#snowflakes). */
const EPOCH = 1_420_070_400_000;

/** The least id of a moment, to compare others with. */
export function snowflakeAt(moment: Date): string {
  return String(BigInt(Math.max(0, moment.getTime() - EPOCH)) << 22n);
}

/** Whether the first was made after the second. */
export function isLater(id: string, than: string): boolean {
  return BigInt(id) > BigInt(than);
}

/** When something was made, by its id. */
export function momentOf(id: string): Date {
  return new Date(Number(BigInt(id) >> 22n) + EPOCH);
}
