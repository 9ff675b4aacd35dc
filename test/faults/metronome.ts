import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const TIMER_MS = 50;
const WORK_MS = 5;

/** A clock that goes slower the less a process gets to do. */
export interface Metronome {
  /** In ms, from any moment on. */
  now(): number;
  stop(): Promise<void>;
}

/**
 * Starts a process of its own that waits 50 ms, computes for 5 ms of processor time, and counts. On a machine that is not busy its
 * clock is a clock; where other work takes most of the processors, a beat takes as much longer as everything that a
 * process of the fleet does. A bound on recovery by this clock says what the product does, and not what else ran meanwhile.
 */
export async function startMetronome(): Promise<Metronome> {
  const child = fork(fileURLToPath(import.meta.url), ['beat']);
  let beats = 0;
  child.on('message', () => (beats += 1));
  await once(child, 'message');
  return {
    now: () => beats * (TIMER_MS + WORK_MS),
    async stop() {
      const ended = once(child, 'exit');
      child.kill();
      await ended;
    },
  };
}

function beat(): void {
  const { user, system } = process.cpuUsage();
  const begun = user + system;
  for (let now = begun; now - begun < WORK_MS * 1000;) {
    const used = process.cpuUsage();
    now = used.user + used.system;
  }
  process.send!('beat');
  setTimeout(beat, TIMER_MS);
}

if (process.argv[2] === 'beat') {
  // Whoever counts is gone.
  process.on('disconnect', () => process.exit());
  beat();
}
