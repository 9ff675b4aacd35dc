import { EvenkeelError } from '../runtime/errors.ts';

/** What became of each item of a batch, in its order. */
export interface Outcomes<Result> {
  outcomes: PromiseSettledResult<Result>[];
  /** The most items that one run was found to be able to hold; null where the batch as a whole was answered. */
  fits: number | null;
}

/**
 * Runs a batch, and where it proves too large its halves one after the other, down to single items: what cannot be answered
 * even alone fails alone, with the reason. Any other error fails all items that it was thrown for.
 */
export async function runHalving<Item, Result>(
  items: readonly Item[],
  run: (items: readonly Item[]) => Promise<Result[]>,
): Promise<Outcomes<Result>> {
  try {
    const results = await run(items);
    return { outcomes: results.map((value) => ({ status: 'fulfilled', value })), fits: null };
  } catch (reason) {
    if (items.length === 1 || !isTooLarge(reason)) {
      return { outcomes: items.map(() => ({ status: 'rejected', reason })), fits: null };
    }
    const middle = Math.ceil(items.length / 2);
    const first = await runHalving(items.slice(0, middle), run);
    const second = await runHalving(items.slice(middle), run);
    return {
      outcomes: [...first.outcomes, ...second.outcomes],
      fits: Math.min(first.fits ?? middle, second.fits ?? middle),
    };
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof EvenkeelError && error.code === 'too-large';
}
