/** A `ts` is the id of a message in its channel and the time of it: seconds, a point, microseconds. */
export function isTs(value: unknown): value is string {
  return typeof value === 'string' && /^\d{1,12}\.\d{1,6}$/.test(value);
}

/** In microseconds since 1970, which a number holds exactly. */
export function microsOf(ts: string): number {
  const [seconds = '0', fraction = ''] = ts.split('.');
  return Number(seconds) * 1_000_000 + Number(fraction.padEnd(6, '0'));
}

export function dateOf(ts: string): Date {
  return new Date(Math.floor(microsOf(ts) / 1000));
}

/** The first `ts` of a moment. */
export function tsAt(date: Date): string {
  const ms = date.getTime();
  const seconds = Math.floor(ms / 1000);
  return `${seconds}.${String((ms - seconds * 1000) * 1000).padStart(6, '0')}`;
}
