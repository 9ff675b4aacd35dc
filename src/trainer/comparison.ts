import { fitTemperature, sigmoid } from './calibration.ts';
import type { CellResult, ScoredTest } from './comparison-cell.ts';
import { macroF1, measure } from './metrics.ts';
import { seeded } from './random.ts';

/** One approach of a comparison: figures of all of its seeds. */
export interface ComparisonRow {
  approach: string;
  architecture: string;
  parameters: { trained: number; total: number };
  bytes: number;
  /** The most of any seed. */
  peakBytes: number;
  /** Mean over seeds. */
  seconds: number;
  seeds: number[];
  tests: TestFigures[];
}

export interface TestFigures {
  name: string;
  zeroShot: boolean;
  posts: number;
  /** Mean over seeds. */
  macroF1: number;
  /** 95 % interval of that mean over posts drawn anew (percentile bootstrap). */
  interval: [number, number];
  /** Standard deviation over seeds, n - 1; null of one. */
  deviation: number | null;
  /** Mean over seeds, of scores whose temperature was fitted on the other half of the posts. */
  ece: number;
}

const DRAWS = 1000;

/** Rows in the order in which approaches first occur. */
export function comparisonRows(cells: readonly CellResult[]): ComparisonRow[] {
  const approaches = [...new Set(cells.map(({ approach }) => approach))];
  return approaches.map((approach) => {
    const own = cells.filter((cell) => cell.approach === approach);
    const { architecture, parameters, bytes, tests } = own[0]!;
    return {
      approach,
      architecture,
      parameters,
      bytes,
      peakBytes: Math.max(...own.map(({ peakBytes }) => peakBytes)),
      seconds: mean(own.map(({ seconds }) => seconds)),
      seeds: own.map(({ seed }) => seed),
      tests: tests.map((_, i) => testFigures(own.map((cell) => cell.tests[i]!))),
    };
  });
}

function testFigures(runs: readonly ScoredTest[]): TestFigures {
  const { name, zeroShot, labels } = runs[0]!;
  const scores = runs.map(({ margins }) => calibrated(margins, labels));
  const figures = scores.map((each) => measure(each, labels));
  const values = figures.map((each) => each.macroF1);
  return {
    name,
    zeroShot,
    posts: labels.length,
    macroF1: mean(values),
    interval: bootstrap(runs, labels),
    deviation: runs.length > 1 ? Math.sqrt(sumOfSquares(values) / (runs.length - 1)) : null,
    ece: mean(figures.map(({ ece }) => ece)),
  };
}

/** Scores of each half of the posts under the temperature that suits the other: none is judged by its own label. */
function calibrated(margins: readonly number[], labels: readonly number[]): number[] {
  const temperatures = [0, 1].map((half) => {
    const others = margins.flatMap((_, i) => (i % 2 === half ? [] : [i]));
    return fitTemperature(
      others.map((i) => margins[i]!),
      others.map((i) => labels[i]!),
    );
  });
  return margins.map((margin, i) => sigmoid(margin / temperatures[i % 2]!));
}

function bootstrap(runs: readonly ScoredTest[], labels: readonly number[]): [number, number] {
  const random = seeded(1);
  const values = new Float64Array(DRAWS);
  for (let draw = 0; draw < DRAWS; draw += 1) {
    const posts = labels.map(() => Math.floor(random() * labels.length));
    values[draw] = mean(runs.map(({ margins }) => drawnF1(posts, margins, labels)));
  }
  values.sort();
  return [values[Math.floor(0.025 * DRAWS)]!, values[Math.ceil(0.975 * DRAWS) - 1]!];
}

function drawnF1(posts: readonly number[], margins: readonly number[], labels: readonly number[]): number {
  const counts = { truePositive: 0, falsePositive: 0, trueNegative: 0, falseNegative: 0 };
  for (const post of posts) {
    const positive = margins[post]! >= 0;
    if (labels[post] === 1) counts[positive ? 'truePositive' : 'falseNegative'] += 1;
    else counts[positive ? 'falsePositive' : 'trueNegative'] += 1;
  }
  return macroF1(counts);
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function sumOfSquares(values: readonly number[]): number {
  const centre = mean(values);
  return values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
}
