import type { ReliabilityBin } from '../trainer/metrics.ts';
import { svg, type Shape } from './svg.ts';

const [SIDE, LEFT, TOP, COUNTS, GAP] = [220, 44, 34, 40, 30];

/**
 * Reliability diagrams side by side (Guo et al. 2017): of the posts that got about a score, the share that is polarized.
 * Bars on the diagonal are calibrated; below, how many posts each bar stands for.
 */
export function reliabilityDiagram(panels: readonly { title: string; bins: readonly ReliabilityBin[] }[]): string {
  const width = LEFT + panels.length * (SIDE + GAP);
  const shapes = panels.flatMap(({ title, bins }, i) => panel(title, bins, LEFT + i * (SIDE + GAP)));
  return svg(width, TOP + SIDE + COUNTS + 50, [
    ...shapes,
    { kind: 'text', x: LEFT - 8, y: TOP + 8, text: '1', anchor: 'end' },
    { kind: 'text', x: LEFT - 8, y: TOP + SIDE, text: '0', anchor: 'end' },
    { kind: 'text', x: LEFT - 8, y: TOP + SIDE / 2, text: 'share', anchor: 'end', size: 11 },
  ]);
}

function panel(title: string, bins: readonly ReliabilityBin[], left: number): Shape[] {
  const bottom = TOP + SIDE;
  const most = Math.max(1, ...bins.map(({ count }) => count));
  const width = SIDE / bins.length;
  const bars = bins.flatMap(({ count, meanScore, shareOfOnes }, i): Shape[] => {
    if (count === 0) return [];
    const x = left + i * width + 1;
    const height = shareOfOnes * SIDE;
    const countHeight = (count / most) * COUNTS;
    return [
      { kind: 'rect', x, y: bottom - height, width: width - 2, height, fill: '#4c78a8' },
      { kind: 'circle', x: left + meanScore * SIDE, y: bottom - meanScore * SIDE, radius: 3, fill: '#e45756' },
      { kind: 'rect', x, y: bottom + 22, width: width - 2, height: countHeight, fill: '#bab0ac' },
    ];
  });
  return [
    ...bars,
    { kind: 'text', x: left + SIDE / 2, y: TOP - 12, text: title, anchor: 'middle' },
    { kind: 'line', from: [left, bottom], to: [left + SIDE, TOP], stroke: '#888888', dashed: true },
    { kind: 'line', from: [left, bottom], to: [left + SIDE, bottom], stroke: '#222222' },
    { kind: 'line', from: [left, bottom], to: [left, TOP], stroke: '#222222' },
    { kind: 'text', x: left + SIDE / 2, y: bottom + 15, text: 'score, 0 to 1', anchor: 'middle', size: 11 },
  ];
}
