import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';

/** A Postgres server of this test run alone, on a Unix socket; gone without a trace when stopped. */
export interface PostgresServer {
  /** Of its first database; a user who may create others. */
  url: string;
  /** The socket that it listens at. */
  socket: string;
  /** Ends it at once, as a crash does, and starts it again on what is on the disk. */
  crash(): Promise<void>;
  /** Starts it again if it ended by itself. */
  revive(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * Starts the machine's own Postgres on an empty cluster; null where it has none. `settings` as in postgresql.conf; `within`
 * is where its folder is made.
 */
export async function startPostgres(
  settings: readonly string[],
  { within = tmpdir(), env = {} }: { within?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<PostgresServer | null> {
  const bin = findBinaries();
  if (bin === null) return null;
  const folder = mkdtempSync(join(within, 'evenkeel-postgres-'));
  const user = unprivileged();
  if (user !== null) chownSync(folder, user.uid, user.gid);
  chmodSync(folder, 0o700);
  const data = join(folder, 'data');
  const created = spawnSync(
    join(bin, 'initdb'),
    ['--pgdata', data, '--username', 'postgres', '--auth', 'trust', '--no-sync', '--encoding', 'UTF8', '--locale', 'C'],
    { ...user, cwd: folder, encoding: 'utf8' },
  );
  if (created.status !== 0) throw new Error(`initdb failed: ${created.stderr}`);
  const options = [...settings, 'listen_addresses=', `unix_socket_directories=${folder}`].flatMap((each) => [
    '-c',
    each,
  ]);
  const start = async (): Promise<ChildProcess> => {
    const started = spawn(join(bin, 'postgres'), ['-D', data, ...options], {
      ...user,
      cwd: folder,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    await ready(started);
    return started;
  };
  let server = await start();
  return {
    socket: join(folder, '.s.PGSQL.5432'),
    async crash() {
      const ended = once(server, 'exit');
      server.kill('SIGQUIT');
      await ended;
      server = await start();
    },
    async revive() {
      // A process that it left would keep a new one from starting: it ends by itself.
      while (server.exitCode !== null || server.signalCode !== null) server = await start().catch(() => server);
    },
    url: `postgres://postgres@localhost/postgres?host=${encodeURIComponent(folder)}`,
    async stop() {
      const ended = server.exitCode === null && server.signalCode === null ? once(server, 'exit') : null;
      // SIGINT: roll back what is open and stop now, whoever is still connected.
      server.kill('SIGINT');
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ready(server: ChildProcess): Promise<void> {
  let said = '';
  await new Promise<void>((resolve, reject) => {
    server.stderr!.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('ready to accept connections')) resolve();
    });
    server.on('exit', () => reject(new Error(`postgres did not start: ${said}`)));
    server.on('error', reject);
  });
}

function findBinaries(): string | null {
  const debian = '/usr/lib/postgresql';
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const folders = [
    ...versions.map((version) => join(debian, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== ''),
  ];
  return folders.find((folder) => ['initdb', 'postgres'].every((name) => existsSync(join(folder, name)))) ?? null;
}

/** Postgres refuses to run as root: then as its own user, or as nobody. */
function unprivileged(): { uid: number; gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  const user = users.find(([name]) => name === 'postgres') ?? users.find(([name]) => name === 'nobody');
  if (user === undefined)
    throw new Error('running as root, and there is no user "postgres" or "nobody" to run Postgres as');
  return { uid: Number(user[2]), gid: Number(user[3]) };
}
