import type { Flags } from '../../runtime/config.ts';

/** One measured number, and what it is held against. */
export interface Figure {
  name: string;
  value: number;
  unit: string;
  /** Where the target comes from, or what the number is compared with. */
  against: string;
  /** Null where the figure only informs; `met` is null then too. */
  target: number | null;
  met: boolean | null;
}

export interface BenchFlags extends Flags {
  /** Files of JSON lines {"id", "text"} to measure with, instead of posts of our own. */
  data?: string[];
  /** A folder in which @huggingface/transformers is installed. */
  peers?: string;
  /** Python with what a benchmark compares with. */
  python?: string;
  seconds?: string;
  rate?: string;
}

/** A benchmark: what it measured on this machine, now. */
export interface Bench {
  (flags: BenchFlags): Promise<Figure[]>;
}

export function atMost(target: number, figure: Omit<Figure, 'target' | 'met'>): Figure {
  return { ...figure, value: rounded(figure.value), target, met: figure.value <= target };
}

export function atLeast(target: number, figure: Omit<Figure, 'target' | 'met'>): Figure {
  return { ...figure, value: rounded(figure.value), target, met: figure.value >= target };
}

export function informing(figure: Omit<Figure, 'target' | 'met'>): Figure {
  return { ...figure, value: rounded(figure.value), target: null, met: null };
}

/** Four significant digits: more is noise. */
function rounded(value: number): number {
  return Number(value.toPrecision(4));
}

/** The p-th quantile, p in [0, 1]; the nearest rank. */
export function quantile(values: readonly number[], p: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(p * sorted.length) - 1))] ?? Number.NaN;
}
