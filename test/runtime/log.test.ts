import { describe, expect, it } from 'vitest';
import { createLogger } from '../../src/runtime/log.ts';
import type { LogFormat, LogLevel } from '../../src/runtime/log.ts';

function recorded(format: LogFormat, level: LogLevel = 'debug') {
  const lines: string[] = [];
  const log = createLogger({ level, format, write: (line) => lines.push(line), now: () => new Date(0) });
  return { log, lines };
}

describe('log', () => {
  it('writes one line of text an event', () => {
    const { log, lines } = recorded('text');
    log.named('classifier').info('ready', { device: 'cpu', ms: 12, model: 'adapters/mini' });
    expect(lines).toEqual(['00:00:00 info  classifier: ready device=cpu ms=12 model=adapters/mini\n']);
  });

  it('keeps an event on one line whatever its values hold', () => {
    const { log, lines } = recorded('text');
    log.warn('odd\nvalue', { reason: 'two\nlines', equation: 'a=b', nothing: undefined });
    expect(lines).toEqual(['00:00:00 warn  odd value reason="two\\nlines" equation="a=b"\n']);
  });

  it('writes one JSON object an event for machines', () => {
    const { log, lines } = recorded('json');
    log.named('queue').error('failed', { reason: 'gone', retries: 3 });
    expect(JSON.parse(lines[0]!)).toEqual({
      time: '1970-01-01T00:00:00.000Z',
      level: 'error',
      part: 'queue',
      event: 'failed',
      reason: 'gone',
      retries: 3,
    });
    expect(lines[0]).toMatch(/\}\n$/);
  });

  it('leaves out what is below its level', () => {
    const { log, lines } = recorded('text', 'warn');
    log.debug('a');
    log.info('b');
    log.warn('c');
    log.error('d');
    expect(lines.map((line) => line.trim().at(-1))).toEqual(['c', 'd']);
  });

  it.each(['text', 'json'] as const)('withholds message text and secrets even when handed them (%s)', (format) => {
    const { log, lines } = recorded(format);
    log.info('received', {
      text: 'they are all traitors',
      token: 'xoxb-1',
      content: 'x-content',
      Authorization: 'x-auth',
    });
    expect(lines.join('')).not.toMatch(/traitors|xoxb|x-content|x-auth/);
    expect(lines.join('')).toContain('withheld');
  });
});
