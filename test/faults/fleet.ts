import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const MAIN = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
const CLASSIFIER = fileURLToPath(new URL('classifier-process.ts', import.meta.url));

const ARGS = {
  connector: [MAIN, 'start', '--json', '--role', 'connector'],
  classifier: [CLASSIFIER],
  trainer: [MAIN, 'start', '--json', '--role', 'trainer'],
  console: [MAIN, 'start', '--json', '--port', '0', '--role', 'console'],
} as const;
export type FleetRole = keyof typeof ARGS;

/** A process of each role, which a supervisor starts again whenever it ends. */
export class Fleet {
  /** What they said, line by line. */
  readonly said: string[] = [];
  readonly #env: NodeJS.ProcessEnv;
  readonly #running = new Map<FleetRole, ChildProcess>();
  #stopping = false;
  /** Ends that no one asked for. */
  readonly crashes: string[] = [];
  readonly #killed = new WeakSet<ChildProcess>();

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = { ...process.env, LOG_FORMAT: 'json', ...env };
  }

  /** Resolves once it works, or has ended. */
  async start(role: FleetRole): Promise<void> {
    const child = spawn(process.execPath, ARGS[role], { env: this.#env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#running.set(role, child);
    createInterface(child.stderr).on('line', (line) => this.#hear(`${role} ${line}`));
    child.on('exit', (status, signal) => {
      if (this.#stopping) return;
      if (!this.#killed.has(child)) this.crashes.push(`${role} ended with ${status ?? signal}`);
      void this.start(role);
    });
    await Promise.race([once(createInterface(child.stdout), 'line'), once(child, 'exit')]);
  }

  #hear(line: string): void {
    this.said.push(line);
    if (process.env['EVENKEEL_FAULTS_LOG'] !== undefined) process.stderr.write(`${line}\n`);
  }

  /** Stops it where it stands, as a machine does that sleeps, or lets it go on. */
  freeze(role: FleetRole, frozen: boolean): void {
    this.#running.get(role)!.kill(frozen ? 'SIGSTOP' : 'SIGCONT');
  }

  kill(role: FleetRole): void {
    const child = this.#running.get(role)!;
    this.#killed.add(child);
    child.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const running = [...this.#running.values()].filter(({ exitCode, signalCode }) => (exitCode ?? signalCode) === null);
    const ended = running.map((child) => once(child, 'exit'));
    for (const child of running) child.kill('SIGKILL');
    await Promise.all(ended);
  }
}
