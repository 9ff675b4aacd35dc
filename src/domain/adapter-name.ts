/**
 * The adapter of one community alone, such as `en-c12`: the language that it answers for and our own number of the
 * community. Before the language's adapter is asked, this one is.
 */
export function communityAdapter(language: string, community: number): string {
  return `${language}-c${community}`;
}

/** The language that an adapter of this name answers for. */
export function languageOf(adapter: string): string {
  return adapter.replace(/-c\d+$/, '');
}
