import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { openQueues } from '../src/queue/queues.ts';
import { SILENT } from '../src/runtime/log.ts';
import { openDatabase } from '../src/store/database.ts';
import type { DatabaseAddress } from '../src/store/database.ts';
import { createPostgresDatabase, dropPostgresDatabase } from './database.ts';
import { startPostgres } from './postgres-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** A folder with an embedded database, migrated, its queues made: to be copied. */
    embeddedTemplate: string;
    /** A server, and the name of a database of that state; null where the machine has no Postgres. */
    postgres: { url: string; template: string } | null;
  }
}

/** Once a test run: makes one database of each kind, of which every test takes a copy of its own. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), 'evenkeel-template-'));
  await prepare({ directory: folder });
  project.provide('embeddedTemplate', folder);

  const given = process.env['EVENKEEL_TEST_DATABASE_URL'];
  const server = given === undefined ? await startPostgres(['fsync=off', 'synchronous_commit=off']) : null;
  const url = given ?? server?.url ?? null;
  if (url === null && process.env['CI'] === 'true') {
    throw new Error(
      'No Postgres: in CI the suites run on it too. Install its server, or set EVENKEEL_TEST_DATABASE_URL.',
    );
  }
  const template = `evenkeel_template_${randomUUID()}`;
  if (url !== null) await prepare({ url: await createPostgresDatabase(url, template) });
  project.provide('postgres', url === null ? null : { url, template });

  return async () => {
    if (given !== undefined) await dropPostgresDatabase(given, template);
    await server?.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

async function prepare(address: DatabaseAddress): Promise<void> {
  const database = await openDatabase(address);
  const queues = await openQueues(database, SILENT);
  await queues.close();
  await database.close();
}
