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

interface Member {
  role: FleetRole;
  name: string;
  env: NodeJS.ProcessEnv;
  child: ChildProcess;
  /** Whether a supervisor starts it again. */
  isKept: boolean;
}

/** Processes of each role, which a supervisor starts again whenever they end. */
export class Fleet {
  /** What they said, line by line. */
  readonly said: string[] = [];
  readonly #env: NodeJS.ProcessEnv;
  readonly #members: Member[] = [];
  #stopping = false;
  /**
   * Ends that no one asked for, of processes that worked. One that is started while the database is away says so and ends:
   * the supervisor starts it again.
   */
  readonly crashes: string[] = [];
  readonly #killed = new WeakSet<ChildProcess>();

  constructor(env: NodeJS.ProcessEnv) {
    this.#env = { ...process.env, LOG_FORMAT: 'json', ...env };
  }

  /** Starts another process of a role; resolves once it works, or has ended. */
  async start(role: FleetRole, env: NodeJS.ProcessEnv = {}): Promise<void> {
    const name = `${role} ${this.#of(role).length + 1}`;
    const member = { role, name, env, isKept: true };
    await this.#run(member);
  }

  #of(role: FleetRole): Member[] {
    return this.#members.filter((member) => member.role === role);
  }

  async #run(given: Omit<Member, 'child'>): Promise<void> {
    const { name, role, env } = given;
    const child = spawn(process.execPath, ARGS[role], {
      env: { ...this.#env, ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const member = { ...given, child };
    const place = this.#members.findIndex((each) => each.name === name);
    if (place === -1) this.#members.push(member);
    else this.#members[place] = member;
    createInterface(child.stderr).on('line', (line) => this.#hear(`${name} ${line}`));
    const working = once(createInterface(child.stdout), 'line');
    let works = false;
    void working.then(() => (works = true));
    child.on('exit', (status, signal) => {
      if (this.#stopping) return;
      if (works && !this.#killed.has(child)) this.crashes.push(`${name} ended with ${status ?? signal}`);
      if (member.isKept) void this.#run(member);
    });
    await Promise.race([working, once(child, 'exit')]);
  }

  #hear(line: string): void {
    this.said.push(line);
    if (this.said.length > 1000) this.said.shift();
    if (process.env['EVENKEEL_FAULTS_LOG'] !== undefined) process.stderr.write(`${line}\n`);
  }

  /** Stops it where it stands, as a machine does that sleeps, or lets it go on. */
  freeze(role: FleetRole, frozen: boolean): void {
    this.#of(role)[0]!.child.kill(frozen ? 'SIGSTOP' : 'SIGCONT');
  }

  /** Ends a process without a word; `place` counts those of a role from 0, beyond the last from the first again. */
  kill(role: FleetRole, place = 0, { again = true } = {}): void {
    const members = this.#of(role);
    const member = members[place % members.length]!;
    member.isKept = again;
    this.#killed.add(member.child);
    member.child.kill('SIGKILL');
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    const running = this.#members
      .map(({ child }) => child)
      .filter(({ exitCode, signalCode }) => (exitCode ?? signalCode) === null);
    const ended = running.map((child) => once(child, 'exit'));
    for (const child of running) child.kill('SIGKILL');
    await Promise.all(ended);
  }
}
