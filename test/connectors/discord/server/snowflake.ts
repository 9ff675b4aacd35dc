/** Discord's epoch: the first second of 2015. */
const EPOCH = 1_420_070_400_000;

let last = 0n;

/** An id that is larger than every one before it and that carries its time, as Discord's do. */
export function nextSnowflake(at: number = Date.now()): string {
  const least = BigInt(at - EPOCH) << 22n;
  last = last >= least && at >= Date.now() - 1 ? last + 1n : least + (last & 0x3fffffn) + 1n;
  return String(last);
}

/** The first id of a moment: what `before` and `after` are compared with. */
export function snowflakeAt(at: number): string {
  return String(BigInt(at - EPOCH) << 22n);
}

export function compareIds(one: string, other: string): number {
  if (one === other) return 0;
  const shorter = one.length - other.length;
  return shorter !== 0 ? Math.sign(shorter) : one < other ? -1 : 1;
}
