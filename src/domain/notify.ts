import { BANDS } from './flag.ts';
import type { Band } from './flag.ts';
import type { Notify, QuietHours } from './settings.ts';

/** The role that a new card pings, or null. `pinged`: pings of the community in the last hour. */
export function roleToPing(
  notify: Notify,
  { band, pinged, now }: { band: Band; pinged: number; now: Date },
): string | null {
  const { role, minimumBand, perHour, quiet } = notify;
  const enough = BANDS.indexOf(band) >= BANDS.indexOf(minimumBand);
  return enough && pinged < perHour && (quiet === null || !isQuiet(quiet, now)) ? role : null;
}

/** Whether the hour of the day is a quiet one, at the place that is meant. From a time to the same time is all day. */
export function isQuiet({ from, to, timeZone }: QuietHours, now: Date): boolean {
  const clock = new Intl.DateTimeFormat('en-GB', { timeZone, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' });
  const time = clock.format(now);
  return from < to ? time >= from && time < to : time >= from || time < to;
}

/** Reads `22:00-07:00 Europe/Rome`; null where it is nothing such. Without a zone the hours are UTC's. */
export function readQuietHours(text: string): QuietHours | null {
  const [, from, to, timeZone = 'UTC'] = /^\s*(\d\d:\d\d)\s*[-–]\s*(\d\d:\d\d)(?:\s+(\S+))?\s*$/.exec(text) ?? [];
  return from === undefined || to === undefined ? null : { from, to, timeZone };
}
