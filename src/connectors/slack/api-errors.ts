/** What Slack answered where it refused a call (`channel_not_found`); null for any other failure. */
export function refusalOf(error: unknown): string | null {
  if (typeof error !== 'object' || error === null || !('data' in error)) return null;
  const { data } = error as { data?: { error?: unknown } };
  return typeof data?.error === 'string' ? data.error : null;
}

export function isRefused(error: unknown, ...reasons: string[]): boolean {
  const refusal = refusalOf(error);
  return refusal !== null && reasons.includes(refusal);
}

/** Slack itself has every method that we call; another server of its protocol may not. */
export function isUnknownMethod(error: unknown): boolean {
  return isRefused(error, 'unknown_method');
}
