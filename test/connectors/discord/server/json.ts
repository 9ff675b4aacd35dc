/** An object of a request, before anything is known of it. */
export type Json = Record<string, unknown>;

/** A field that should be text; empty where it is none. */
export function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
