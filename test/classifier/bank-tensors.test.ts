import { expect, test } from 'vitest';

import { allocateBanks, writeSlot } from '../../src/classifier/bank-tensors.ts';
import { otherAdapter, tinyConfig } from './tiny-base.ts';

test('an adapter of temperature 2 has half of its logits, and nothing else of it changes', async () => {
  const config = await tinyConfig();
  const banks = allocateBanks(config, { slots: 2, rank: 4, targets: ['query', 'value'] });
  const adapter = await otherAdapter(1);
  await writeSlot(banks, 0, adapter);
  await writeSlot(banks, 1, { ...adapter, calibration: { temperature: 2, thresholds: {} } });
  for (const [name, { data }] of banks) {
    const half = data.length / 2;
    const factor = name.startsWith('classifier.') ? 0.5 : 1;
    for (let i = 0; i < half; i += 1) expect(data[half + i]).toBe(Math.fround((data[i] as number) * factor));
  }
});
