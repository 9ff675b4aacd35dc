import { expect, test } from 'vitest';

import { startOurs, startPeer } from '../../../src/commands/bench/trainees.ts';
import { MBERT } from '../../../src/model/mbert.ts';

const config = { ...MBERT, vocab_size: 50, hidden_size: 16, num_hidden_layers: 1, num_attention_heads: 2 };

test.each([0, 4])('a process of its own trains at rank %i and says what a step took', async (rank) => {
  const ours = await startOurs({ rank, threads: 1, config });
  try {
    for (const posts of [
      [[2, 5, 3]],
      [
        [2, 7, 8, 3],
        [2, 3],
      ],
    ]) {
      const { seconds, peakBytes } = await ours.step(posts);
      expect(seconds).toBeGreaterThan(0);
      expect(peakBytes).toBeGreaterThan(2 ** 20);
    }
  } finally {
    await ours.stop();
  }
});

test('an interpreter that is not there is named', async () => {
  const start = startPeer('/nowhere/python', { rank: 8, threads: 1, config });
  await expect(start).rejects.toThrow('/nowhere/python cannot be run');
});
