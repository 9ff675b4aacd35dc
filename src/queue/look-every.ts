/** Looks every so many ms, never twice at a time. Returns what stops it; that resolves once no look is under way. */
export function lookEvery(ms: number, look: () => Promise<void>): () => Promise<void> {
  let looking: Promise<void> | null = null;
  const timer = setInterval(() => {
    looking ??= look().finally(() => (looking = null));
  }, ms);
  return async () => {
    clearInterval(timer);
    await looking;
  };
}
