import { existsSync } from 'node:fs';
import { Client } from 'pg';
import { EvenkeelError, messageOf } from '../runtime/errors.ts';
import type { DatabaseAddress } from './database.ts';
import { lockFolder } from './folder-lock.ts';

/** How long a server may take to answer, in ms. */
const TIMEOUT_MS = 5000;

/**
 * What is at an address, in a few words, without opening or migrating it. Throws `data-dir` where another process has the
 * folder, `database` where no server answers.
 */
export async function probeDatabase(address: DatabaseAddress): Promise<string> {
  if (!('url' in address)) {
    const { directory } = address;
    if (directory === null || !existsSync(directory)) return 'embedded Postgres, made at the first start';
    const unlock = lockFolder(directory);
    unlock();
    return 'embedded Postgres, not in use';
  }
  const client = new Client({
    connectionString: address.url,
    connectionTimeoutMillis: TIMEOUT_MS,
    query_timeout: TIMEOUT_MS,
  });
  try {
    await client.connect();
    const { rows } = await client.query<{ server_version: string }>('show server_version');
    return `Postgres ${rows[0]!.server_version}`;
  } catch (error) {
    throw new EvenkeelError('database', `The database does not answer: ${messageOf(error)}`, {
      hint: 'Check DATABASE_URL and that the server runs and takes connections, or unset it to use the embedded database.',
      cause: error,
    });
  } finally {
    await client.end().catch(() => {});
  }
}
