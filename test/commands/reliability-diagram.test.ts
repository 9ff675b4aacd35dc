import { expect, test } from 'vitest';

import { reliabilityDiagram } from '../../src/commands/reliability-diagram.ts';
import { reliability } from '../../src/trainer/metrics.ts';

test('a bar is as high as the share that is polarized, and a language is a panel', () => {
  const bins = reliability([0.05, 0.95, 0.95, 0.95, 0.95], [0, 1, 1, 1, 0]);
  expect(bins[9]).toEqual({ count: 4, meanScore: 0.95, shareOfOnes: 0.75 });
  const drawing = reliabilityDiagram([
    { title: 'en <1>', bins },
    { title: 'es', bins: reliability([], []) },
  ]);
  expect(drawing).toContain('en &lt;1&gt;');
  // 220 units are a share of 1.
  expect(drawing).toContain(`height="${220 * 0.75}" fill="#4c78a8"`);
  expect(drawing.match(/fill="#4c78a8"/g)).toHaveLength(2);
  expect(drawing).not.toContain('NaN');
});
