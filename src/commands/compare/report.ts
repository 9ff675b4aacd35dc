import type { ComparisonRow, TestFigures } from '../../trainer/comparison.ts';
import { svg, type Shape } from '../svg.ts';

/** The study's table as Markdown: an approach a row. */
export function markdownTable(rows: readonly ComparisonRow[]): string {
  const tests = rows[0]?.tests ?? [];
  const head = [
    'approach',
    'architecture',
    'trained',
    'share',
    'on disk',
    'memory',
    'training',
    ...tests.map(({ name }, t) => `${name}${isZeroShot(rows, t) ? ' (zero-shot)' : ''}: macro-F1`),
    ...tests.map(({ name }) => `${name}: ECE`),
  ];
  const lines = rows.map(({ approach, architecture, parameters, bytes, peakBytes, seconds, tests: own }) => [
    approach,
    architecture,
    parameters.trained.toLocaleString('en-US'),
    `${((100 * parameters.trained) / parameters.total).toPrecision(3)} %`,
    megabytes(bytes),
    megabytes(peakBytes),
    duration(seconds),
    ...own.map((figures, t) => cellOf(figures) + (isZeroShot(rows, t) && !figures.zeroShot ? ', not zero-shot' : '')),
    ...own.map(({ ece }) => ece.toFixed(3)),
  ]);
  return [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

/** Whether some approach knows nothing of the language of the t-th test. */
function isZeroShot(rows: readonly ComparisonRow[], t: number): boolean {
  return rows.some(({ tests }) => tests[t]!.zeroShot);
}

function cellOf({ macroF1, interval: [low, high], deviation }: TestFigures): string {
  const spread = deviation === null ? '' : ` ± ${deviation.toFixed(3)}`;
  return `${macroF1.toFixed(3)}${spread} [${low.toFixed(3)}, ${high.toFixed(3)}]`;
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toPrecision(3)} MB`;
}

function duration(seconds: number): string {
  return seconds < 120 ? `${seconds.toPrecision(3)} s` : `${(seconds / 60).toPrecision(3)} min`;
}

const [LEFT, PLOT, ROW, TOP] = [120, 420, 18, 40];
const COLOURS = ['#4c78a8', '#f58518', '#54a24b', '#b279a2', '#e45756'];

/** Macro-F1 of every approach on every test, from 0.3 to 1, each with its interval. */
export function comparisonChart(rows: readonly ComparisonRow[]): string {
  const tests = rows[0]?.tests ?? [];
  const groupHeight = ROW * rows.length + 30;
  const place = (value: number): number => LEFT + PLOT * Math.min(1, Math.max(0, (value - 0.3) / 0.7));
  const shapes = tests.flatMap(({ name, posts }, t): Shape[] => {
    const top = TOP + t * groupHeight;
    const title = `${name}${isZeroShot(rows, t) ? ', zero-shot' : ''}: ${posts} posts`;
    return [
      { kind: 'text', x: LEFT, y: top - 6, text: title },
      ...rows.flatMap(({ approach, tests: own }, i): Shape[] => {
        const { macroF1, interval } = own[t]!;
        const y = top + i * ROW + ROW / 2;
        return [
          { kind: 'text', x: LEFT - 8, y: y + 4, text: approach, anchor: 'end' },
          { kind: 'line', from: [place(interval[0]), y], to: [place(interval[1]), y], stroke: '#888888' },
          { kind: 'circle', x: place(macroF1), y, radius: 4, fill: COLOURS[i % COLOURS.length]! },
          { kind: 'text', x: place(interval[1]) + 8, y: y + 4, text: macroF1.toFixed(3), size: 11 },
        ];
      }),
    ];
  });
  const bottom = TOP + tests.length * groupHeight - 12;
  const axis = [0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1].flatMap((value): Shape[] => [
    { kind: 'line', from: [place(value), TOP - 2], to: [place(value), bottom], stroke: '#dddddd' },
    { kind: 'text', x: place(value), y: bottom + 14, text: value.toFixed(1), anchor: 'middle', size: 11 },
  ]);
  return svg(LEFT + PLOT + 60, bottom + 40, [
    ...axis,
    ...shapes,
    { kind: 'text', x: LEFT + PLOT / 2, y: bottom + 32, text: 'macro-F1 with 95 % interval', anchor: 'middle' },
  ]);
}
