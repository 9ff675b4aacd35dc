import { describe, expect, it } from 'vitest';
import { createMetrics } from '../../src/runtime/metrics.ts';

describe('metrics', () => {
  it('count under the names and labels that dashboards know', async () => {
    const metrics = createMetrics();
    metrics.received.inc({ platform: 'discord' }, 3);
    metrics.verdicts.inc({ platform: 'discord', adapter: 'en', flagged: 'true' });
    metrics.verdictLatency.observe({ platform: 'discord' }, 0.3);
    const text = await metrics.render();
    expect(text).toContain('evenkeel_messages_received_total{platform="discord"} 3\n');
    expect(text).toContain('evenkeel_verdicts_total{platform="discord",adapter="en",flagged="true"} 1\n');
    expect(text).toContain('evenkeel_verdict_latency_seconds_bucket{le="0.25",platform="discord"} 0\n');
    expect(text).toContain('evenkeel_verdict_latency_seconds_bucket{le="0.5",platform="discord"} 1\n');
    expect(text).toMatch(/^process_resident_memory_bytes \d+$/m);
  });

  it('read a gauge whenever someone looks, and drop what it no longer says', async () => {
    const metrics = createMetrics();
    const depths = new Map([
      ['messages', 7],
      ['cards-local', 1],
    ]);
    metrics.gauge('evenkeel_queue_jobs', 'Jobs that wait.', ['queue'], async () =>
      [...depths].map(([queue, jobs]) => [{ queue }, jobs] as const),
    );
    expect(await metrics.render()).toContain('evenkeel_queue_jobs{queue="messages"} 7\n');
    depths.delete('cards-local');
    depths.set('messages', 0);
    const later = await metrics.render();
    expect(later).toContain('evenkeel_queue_jobs{queue="messages"} 0\n');
    expect(later).not.toContain('cards-local');
  });

  it('leave out what cannot be read', async () => {
    const metrics = createMetrics();
    metrics.gauge('evenkeel_queue_jobs', 'Jobs that wait.', ['queue'], () => Promise.reject(new Error('no database')));
    expect(await metrics.render()).toContain('process_resident_memory_bytes');
  });

  it('of two processes in one are apart', async () => {
    const [first, second] = [createMetrics(), createMetrics()];
    first.labels.inc({ platform: 'local', answer: 'unsure' });
    expect(await second.render()).not.toContain('evenkeel_labels_total{');
  });
});
