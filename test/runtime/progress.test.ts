import { describe, expect, it } from 'vitest';
import { createProgress, duration } from '../../src/runtime/progress.ts';
import type { ProgressOptions } from '../../src/runtime/progress.ts';

function recorded(isTTY: boolean, options: Partial<ProgressOptions> = {}) {
  const written: string[] = [];
  const clock = { ms: 0 };
  const progress = createProgress({
    label: 'pretrain',
    total: 200,
    unit: 'steps',
    stream: { isTTY, write: (text) => written.push(text) },
    now: () => clock.ms,
    ...options,
  });
  return { progress, written, clock };
}

describe('progress', () => {
  it('writes a line about every 10 seconds where there is no terminal: done, rate, loss, time left', () => {
    const { progress, written, clock } = recorded(false, { rateUnit: 'tokens' });
    for (let step = 1; step <= 50; step += 1) {
      clock.ms += 500;
      progress.update(step, { loss: 5.4, work: step * 1000 });
    }
    expect(written).toEqual([
      'pretrain 20/200 steps · 2,000 tokens/s · loss 5.4000 · 90 s left\n'.replace('90 s', '2 min'),
      'pretrain 40/200 steps · 2,000 tokens/s · loss 5.4000 · 80 s left\n',
    ]);
  });

  it('redraws one line on a terminal and leaves it behind when finished', () => {
    const { progress, written, clock } = recorded(true);
    progress.update(0);
    clock.ms = 1000;
    progress.update(100);
    clock.ms = 1050;
    progress.update(101);
    clock.ms = 2000;
    progress.update(200);
    progress.finish();
    progress.finish();
    expect(written.filter((text) => text !== '\n').every((text) => text.startsWith('\r\u001B[2K'))).toBe(true);
    expect(written.at(-2)).toContain('████████████████████ pretrain 200/200 steps · 100 steps/s · 0 s left');
    expect(written.filter((text) => text === '\n')).toHaveLength(1);
    expect(written.join('')).not.toContain('101/200');
  });

  it('does not count what an earlier process did in the rate', () => {
    const { progress, written, clock } = recorded(false, { initial: 100 });
    clock.ms = 10_000;
    progress.update(150);
    expect(written).toEqual(['pretrain 150/200 steps · 5 steps/s · 10 s left\n']);
  });

  it('does without a bar and time left where the total is not known', () => {
    const { progress, written, clock } = recorded(true, { total: null });
    clock.ms = 1000;
    progress.update(50);
    expect(written).toEqual(['\r\u001B[2Kpretrain 50 steps · 50 steps/s']);
  });

  it('says that the time left is unknown before anything is done', () => {
    const { progress, written } = recorded(true);
    progress.update(0);
    expect(written[0]).toContain('time left unknown');
  });

  it.each([
    [0.2, '0 s'],
    [89, '89 s'],
    [91, '2 min'],
    [89 * 60, '89 min'],
    [3 * 3600 + 5 * 60, '3 h 05 min'],
  ])('writes %d seconds as %s', (seconds, text) => {
    expect(duration(seconds)).toBe(text);
  });
});
