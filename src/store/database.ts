import { sql } from 'drizzle-orm';
import { drizzle as drizzlePostgres } from 'drizzle-orm/node-postgres';
import { migrate as migratePostgres } from 'drizzle-orm/node-postgres/migrator';
import { drizzle as drizzleEmbedded } from 'drizzle-orm/pglite';
import { migrate as migrateEmbedded } from 'drizzle-orm/pglite/migrator';
import type { PGlite } from '@electric-sql/pglite';
import { Pool } from 'pg';
import { EvenkeelError, messageOf } from '../runtime/errors.ts';
import { openEmbedded } from './embedded.ts';
import { listenOnPostgres } from './listen.ts';
import { MIGRATIONS_FOLDER, migrateWith } from './migrations.ts';
import { watchPulse } from './pulse.ts';
import * as schema from './schema.ts';
import { Sockets } from './sockets.ts';
import type { Handle, SqlExecutor } from './statement.ts';

/** Postgres by its address, or the embedded database in a folder. */
export type DatabaseAddress = { url: string } | { directory: string };

/** Connections of one process to Postgres for queries, and for its job queues. */
const QUERY_CONNECTIONS = 10;
const JOB_CONNECTIONS = 4;

/** How long a question that costs nothing may wait for its answer, in ms. */
const ANSWER_MS = 2000;

/** How long making a connection may take before it is tried anew, in ms. */
const CONNECT_MS = 5000;

/** How a job queue reaches the same database, as the options of pg-boss name it. */
export type JobConnection =
  | { connectionString: string; max: number; stream: Sockets['make'] }
  | { db: SqlExecutor & { listen: Listen }; backend: 'pglite' };

type Listen = (
  channel: string,
  onNotification: (payload: string) => void,
  onReconnect: () => void,
) => Promise<{ close(): Promise<void> }>;

/** An open database at this version's schema. Nothing outside this file depends on which kind it is. */
export interface Database {
  readonly handle: Handle;
  /** All or nothing; a rejection of `work` rolls back and is passed on. */
  transaction<T>(work: (tx: Handle) => Promise<T>): Promise<T>;
  readonly jobs: JobConnection;
  /** Hears `notify` of any process on a channel; a call may come too often, and one may be lost with its connection. */
  listen(channel: string, onNotification: () => void): Promise<{ close(): Promise<void> }>;
  /** Rows that one transaction of a busy stream should write: more make it no cheaper, or hold the event loop for long. */
  readonly transactionRows: number;
  /** Whether no other process can have it open: what was in hand when it was last closed was then abandoned. */
  readonly exclusive: boolean;
  /** Gives the space of deleted rows back where the database does not do so by itself. */
  tidy(): Promise<void>;
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** Called with every statement before it runs: for measuring. */
  onStatement?: (text: string) => void;
}

/**
 * Opens the database and migrates it. Throws `data-dir` (folder unwritable, in use, of another version) or `database`
 * (unreachable, refused, written by a newer version).
 */
export function openDatabase(address: DatabaseAddress, options: DatabaseOptions = {}): Promise<Database> {
  return 'url' in address ? openPostgres(address.url, options) : openPglite(address.directory, options);
}

async function openPglite(directory: string, { onStatement }: DatabaseOptions): Promise<Database> {
  const { client, ...files } = await openEmbedded(directory);
  try {
    // Its pages are in memory, so that looking rows up costs no more than reading them in a row. Plans are not kept, and
    // finding the best order of a card's ten tables takes longer than to read them: so it looks at five at a time.
    await client.exec('set random_page_cost = 1.1; set join_collapse_limit = 5');
    const db = drizzleEmbedded(client, { schema, ...logged(onStatement) });
    await migrateWith(db, () => migrateEmbedded(db, { migrationsFolder: MIGRATIONS_FOLDER }));
    return {
      handle: db,
      transaction: (work) => db.transaction((tx) => work(tx)),
      jobs: { db: jobsOn(client, onStatement), backend: 'pglite' },
      async listen(channel, onNotification) {
        const unlisten = await client.listen(channel, () => onNotification());
        return { close: () => unlisten() };
      },
      transactionRows: 64,
      exclusive: true,
      tidy: () => vacuum(client),
      close: () => files.close(),
    };
  } catch (error) {
    await files.close();
    throw error;
  }
}

/** PGlite has no autovacuum, and a queue's table is nothing but deleted rows. Table by table, for the event loop. */
async function vacuum(client: PGlite): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select format('%I.%I', schemaname, relname) as name from pg_stat_user_tables`,
  );
  for (const { name } of rows) await client.exec(`vacuum analyze ${name}`);
}

/** A pool's manners on one connection: a failed statement must not leave the next one in an aborted transaction. */
function jobsOn(client: PGlite, onStatement?: (text: string) => void): SqlExecutor & { listen: Listen } {
  return {
    async executeSql(text, values = []) {
      onStatement?.(text);
      try {
        const results = values.length > 0 ? [await client.query(text, values)] : await client.exec(text);
        return { rows: results.flatMap((result) => result.rows) };
      } catch (error) {
        await client.query('rollback').catch(() => {});
        throw error;
      }
    },
    async listen(channel, onNotification, onReconnect) {
      const unlisten = await client.listen(channel, onNotification);
      onReconnect();
      return { close: () => unlisten() };
    },
  };
}

async function openPostgres(url: string, { onStatement }: DatabaseOptions): Promise<Database> {
  const sockets = new Sockets();
  const pool = new Pool({
    connectionString: url,
    stream: sockets.make,
    max: QUERY_CONNECTIONS,
    application_name: 'evenkeel',
    connectionTimeoutMillis: CONNECT_MS,
  });
  // An idle connection that the server closes is replaced at the next query; unheard, it would end the process.
  pool.on('error', () => {});
  // So would one that ends between two statements of a transaction: the next of them says so.
  pool.on('connect', (client) => client.on('error', () => {}));
  try {
    const holder = await pool.connect();
    try {
      const db = drizzlePostgres(pool, { schema });
      await migrateWith(drizzlePostgres(holder, { schema }), () =>
        migratePostgres(db, { migrationsFolder: MIGRATIONS_FOLDER }),
      );
    } finally {
      holder.release();
    }
    const db = drizzlePostgres(pool, { schema, ...logged(onStatement) });
    const stopPulse = watchPulse(url, sockets);
    return {
      handle: db,
      transaction: (work) => db.transaction((tx) => work(tx)),
      listen: (channel, onNotification) => listenOnPostgres(url, channel, onNotification, sockets),
      jobs: { connectionString: url, max: JOB_CONNECTIONS, stream: sockets.make },
      transactionRows: 256,
      exclusive: false,
      tidy: () => Promise.resolve(),
      async close() {
        await stopPulse();
        await pool.end();
      },
    };
  } catch (error) {
    await pool.end();
    throw error instanceof EvenkeelError ? error : unreachable(url, error);
  }
}

/** Rejects where the database does not answer at once. */
export async function answers({ handle }: Pick<Database, 'handle'>): Promise<void> {
  const late = new Promise<never>((_resolve, reject) => {
    setTimeout(() => reject(new Error('the database does not answer')), ANSWER_MS).unref();
  });
  await Promise.race([handle.execute(sql`select 1`), late]);
}

function logged(onStatement?: (text: string) => void): { logger?: { logQuery(text: string): void } } {
  return onStatement === undefined ? {} : { logger: { logQuery: (text) => onStatement(text) } };
}

/** Without the address's user and password. */
function unreachable(url: string, cause: unknown): EvenkeelError {
  const where = URL.parse(url);
  const name = where === null ? 'The database' : `The database ${where.host}${where.pathname}`;
  return new EvenkeelError('database', `${name} cannot be opened: ${messageOf(cause)}`, {
    hint: 'Check DATABASE_URL and that the server runs and takes connections, or unset it to use the embedded database.',
    cause,
  });
}
