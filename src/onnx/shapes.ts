import type { Dim } from './model-proto.ts';

/** The shape of an elementwise result (numpy's broadcasting rule, with named dimensions equal only to themselves and 1). */
export function broadcast(a: readonly Dim[], b: readonly Dim[]): Dim[] {
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const left = a[a.length - rank + i] ?? 1;
    const right = b[b.length - rank + i] ?? 1;
    if (left === right || right === 1) return left;
    if (left === 1) return right;
    throw mismatch('broadcast', a, b);
  });
}

/** The shape of MatMul's result. */
export function contract(a: readonly Dim[], b: readonly Dim[]): Dim[] {
  if (a.length < 2 || b.length < 2 || a.at(-1) !== b.at(-2)) throw mismatch('multiply', a, b);
  return [...broadcast(a.slice(0, -2), b.slice(0, -2)), a.at(-2)!, b.at(-1)!];
}

export function normaliseAxis(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

export function sameShape(a: readonly Dim[], b: readonly Dim[]): boolean {
  return a.length === b.length && a.every((dim, axis) => dim === b[axis]);
}

function mismatch(verb: string, a: readonly Dim[], b: readonly Dim[]): RangeError {
  return new RangeError(`cannot ${verb} shapes [${a.join(', ')}] and [${b.join(', ')}]`);
}
