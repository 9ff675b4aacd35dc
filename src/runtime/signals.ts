import type { Logger } from './log.ts';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** npm passes a Ctrl-C on to a process that the terminal has already sent it to: two at once are one wish. */
const SAME_WISH_MS = 1000;

/** How long the event loop may take to empty once everything has stopped, in ms. */
const EMPTY_LOOP_LIMIT_MS = 5000;

/**
 * Runs `stop` at the first SIGINT or SIGTERM and ends the process by leaving nothing to do; a second one ends it at
 * once. Returns how to take the listeners off again.
 */
export function stopOnSignals(stop: () => Promise<void>, log: Logger): () => void {
  let firstAt: number | null = null;

  const onSignal = (signal: NodeJS.Signals): void => {
    if (firstAt !== null) {
      if (performance.now() - firstAt < SAME_WISH_MS) return;
      release();
      // With no listener left the signal does what it does by default: the exit status says which it was.
      process.kill(process.pid, signal);
      return;
    }
    firstAt = performance.now();
    log.info('stopping', { signal, again: 'stops at once' });
    void stop().finally(() => {
      release();
      exitWhenStuck(log);
    });
  };

  function release(): void {
    for (const signal of SIGNALS) process.removeListener(signal, onSignal);
  }

  for (const signal of SIGNALS) process.on(signal, onSignal);
  return release;
}

/** Last resort, and a bug of ours wherever it is needed: something still holds the event loop though all has stopped. */
function exitWhenStuck(log: Logger): void {
  setTimeout(() => {
    log.error('something still ran after everything was stopped', {
      resources: process.getActiveResourcesInfo().join(),
    });
    process.exit(process.exitCode ?? 1);
  }, EMPTY_LOOP_LIMIT_MS).unref();
}
