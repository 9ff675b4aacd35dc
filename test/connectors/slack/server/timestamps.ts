let last = 0;

/** A `ts` that is later than every one before it: seconds and six digits, as Slack's. */
export function nextTs(at: number = Date.now()): string {
  const micros = Math.floor(at * 1000);
  // A time of one's own (a post of yesterday) only has to be free.
  if (at < Date.now() - 60_000) return tsOf(micros + ((last += 1) % 1000));
  last = Math.max(micros, last + 1);
  return tsOf(last);
}

function tsOf(micros: number): string {
  const seconds = Math.floor(micros / 1_000_000);
  return `${seconds}.${String(micros - seconds * 1_000_000).padStart(6, '0')}`;
}

/** Orders two `ts` in time. */
export function compareTs(one: string, other: string): number {
  return microsOf(one) - microsOf(other);
}

function microsOf(ts: string): number {
  const [seconds = '0', micros = ''] = ts.split('.');
  return Number(seconds) * 1_000_000 + Number(micros.padEnd(6, '0').slice(0, 6));
}
