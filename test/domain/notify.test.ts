import { expect, it } from 'vitest';
import { isQuiet, readQuietHours, roleToPing } from '../../src/domain/notify.ts';

const NIGHT = { from: '22:00', to: '07:00', timeZone: 'Europe/Rome' };

it.each([
  // Rome is an hour ahead of UTC in winter, two in summer.
  ['2026-01-10T20:59:00Z', false],
  ['2026-01-10T21:00:00Z', true],
  ['2026-01-11T05:59:00Z', true],
  ['2026-01-11T06:00:00Z', false],
  ['2026-07-10T20:00:00Z', true],
  ['2026-07-10T19:59:00Z', false],
  ['2026-07-11T05:00:00Z', false],
])('at %s it is quiet in Rome from ten to seven: %s', (at, quiet) => {
  expect(isQuiet(NIGHT, new Date(at))).toBe(quiet);
});

it('an hour by day is quiet within itself only', () => {
  const noon = { from: '12:00', to: '13:00', timeZone: 'UTC' };
  expect([11, 12, 13].map((hour) => isQuiet(noon, new Date(`2026-01-10T${hour}:30:00Z`)))).toEqual([
    false,
    true,
    false,
  ]);
});

it('pings from the minimum band up, below the cap, outside quiet hours, and only where there is a role', () => {
  const notify = { role: 'r', minimumBand: 'medium' as const, perHour: 2, quiet: null };
  const now = new Date('2026-01-10T23:00:00Z');
  const ping = (change: object, band: 'low' | 'medium' | 'high' = 'high', pinged = 0) =>
    roleToPing({ ...notify, ...change }, { band, pinged, now });
  expect([ping({}, 'low'), ping({}, 'medium'), ping({}, 'high')]).toEqual([null, 'r', 'r']);
  expect([ping({}, 'high', 1), ping({}, 'high', 2), ping({ perHour: 0 })]).toEqual(['r', null, null]);
  expect([ping({ role: null }), ping({ quiet: NIGHT })]).toEqual([null, null]);
});

it.each([
  ['22:00-07:00 Europe/Rome', NIGHT],
  [' 08:30 – 09:15 ', { from: '08:30', to: '09:15', timeZone: 'UTC' }],
  ['at night', null],
  ['22-7', null],
])('reads the quiet hours %j', (text, hours) => {
  expect(readQuietHours(text)).toEqual(hours);
});
