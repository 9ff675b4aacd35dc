import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

/** Suites that open databases: apart, so that a run of others does not wait for a server to start. */
const WITH_DATABASE = ['test/{store,queue,pipeline,roles}/**/*.test.ts', 'test/commands/{replay,start}.test.ts'];

export default defineConfig({
  test: {
    // One process a file: sessions, databases and signal handlers of one file never reach another.
    pool: 'forks',
    // Half of the cores, because inference and databases use threads of their own; two at least, as one file often waits.
    maxWorkers: Math.max(2, Math.floor(availableParallelism() / 2)),
    setupFiles: 'test/seed.ts',
    env: {
      // A developer's GPU is not what they test.
      EVENKEEL_DEVICE: 'cpu',
      // What a test starts as a process of its own is compiled once, not each time.
      NODE_COMPILE_CACHE: join(tmpdir(), 'evenkeel-compile-cache'),
    },
    testTimeout: 60_000,
    hookTimeout: 60_000,
    projects: [
      {
        extends: true,
        test: { name: 'database', include: WITH_DATABASE, globalSetup: 'test/database-setup.ts' },
      },
      {
        extends: true,
        test: { name: 'plain', include: ['test/**/*.test.ts'], exclude: WITH_DATABASE },
      },
    ],
  },
});
