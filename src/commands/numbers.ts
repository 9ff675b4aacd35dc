import { InvalidArgumentError } from 'commander';

/** A parser of a flag's value that must be a number in a range. */
export function numberIn(lowest: number, highest = Number.POSITIVE_INFINITY): (value: string) => number {
  return (value) => {
    const number = Number(value);
    if (value.trim() !== '' && number >= lowest && number <= highest) return number;
    throw new InvalidArgumentError(`It must be a number ${rangeOf(lowest, highest)}.`);
  };
}

/** The same for whole numbers. */
export function integerIn(lowest: number, highest = Number.POSITIVE_INFINITY): (value: string) => number {
  const parse = numberIn(lowest, highest);
  return (value) => {
    const number = parse(value);
    if (Number.isInteger(number)) return number;
    throw new InvalidArgumentError('It must be a whole number.');
  };
}

function rangeOf(lowest: number, highest: number): string {
  return highest === Number.POSITIVE_INFINITY ? `of at least ${lowest}` : `between ${lowest} and ${highest}`;
}
