import { expect, test } from 'vitest';
import { createOutageLog } from '../../src/queue/outage-log.ts';
import { createLogger } from '../../src/runtime/log.ts';

test('an outage is said once, however many statements fail in it, and so is its end', () => {
  const lines: string[] = [];
  let now = 0;
  const log = createLogger({ level: 'info', format: 'text', write: (line) => lines.push(line.slice(9).trim()) });
  const outages = createOutageLog(log, () => now);
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  outages.over();
  expect(outages.noticed(refused)).toBe(true);
  expect(outages.noticed(new Error('query failed', { cause: refused }))).toBe(true);
  expect(outages.noticed(new Error('no such column'))).toBe(false);
  now = 2345;
  outages.over();
  outages.over();
  expect(lines).toEqual([
    'warn  database lost; trying until it is back reason="connect ECONNREFUSED"',
    'info  database is back seconds=2.3',
  ]);
});
