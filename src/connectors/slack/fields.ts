/** A JSON object of Slack's, before anything in it is known. */
export type Fields = Record<string, unknown>;

/** Null for what is no object. */
export function fieldsOf(value: unknown): Fields | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Fields) : null;
}

/** The objects of a list; none where it is no list. */
export function listOf(value: unknown): Fields[] {
  const list: unknown[] = Array.isArray(value) ? value : [];
  return list.map(fieldsOf).filter((each) => each !== null);
}

/** Null for what is no text, and for an empty one. */
export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The first of these that names a workspace: where an app is installed for a whole organization, some name that instead. */
export function workspaceOf(...named: unknown[]): string | null {
  return named.map(textOf).find((id) => id !== null && !id.startsWith('E')) ?? null;
}
