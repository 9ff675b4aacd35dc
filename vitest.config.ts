import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    // One process a file: sessions, databases and signal handlers of one file never reach another.
    pool: 'forks',
    // Half of the cores, because inference and databases use threads of their own; two at least, as one file often waits.
    maxWorkers: Math.max(2, Math.floor(availableParallelism() / 2)),
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
