import { and, eq, isNull, sql } from 'drizzle-orm';
import { apiKeys } from './schema.ts';
import type { Handle } from './statement.ts';

export interface StoredApiKey {
  id: number;
  name: string;
  scopes: string[];
  textsPerMinute: number;
  createdAt: Date;
  revokedAt: Date | null;
}

const COLUMNS = {
  id: apiKeys.id,
  name: apiKeys.name,
  scopes: apiKeys.scopes,
  textsPerMinute: apiKeys.textsPerMinute,
  createdAt: apiKeys.createdAt,
  revokedAt: apiKeys.revokedAt,
};

/** Resolves to whether the name was free. */
export async function addApiKey(
  handle: Handle,
  key: { name: string; hash: Uint8Array; scopes: string[]; textsPerMinute: number },
): Promise<boolean> {
  const added = await handle.insert(apiKeys).values(key).onConflictDoNothing().returning({ id: apiKeys.id });
  return added.length > 0;
}

/** The key of that hash, unless it is revoked. */
export async function findApiKey(handle: Handle, hash: Uint8Array): Promise<StoredApiKey | null> {
  const [key] = await handle
    .select(COLUMNS)
    .from(apiKeys)
    .where(and(eq(apiKeys.hash, hash), isNull(apiKeys.revokedAt)));
  return key ?? null;
}

export function listApiKeys(handle: Handle): Promise<StoredApiKey[]> {
  return handle.select(COLUMNS).from(apiKeys).orderBy(apiKeys.id);
}

/** Resolves to whether there was such a key that still held. */
export async function revokeApiKey(handle: Handle, name: string): Promise<boolean> {
  const revoked = await handle
    .update(apiKeys)
    .set({ revokedAt: sql`now()` })
    .where(and(eq(apiKeys.name, name), isNull(apiKeys.revokedAt)))
    .returning({ id: apiKeys.id });
  return revoked.length > 0;
}
