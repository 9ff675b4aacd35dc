import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

// Without it every start compiles the same files again, for a third of its time. Where it cannot be kept nothing is lost.
const caches =
  process.env['EVENKEEL_CACHE_DIR'] || join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'evenkeel');
process.env['NODE_COMPILE_CACHE'] ??= join(caches, 'code');
enableCompileCache(process.env['NODE_COMPILE_CACHE']);

const { run } = await import('./commands/program.ts');
process.exitCode = await run(process.argv.slice(2));
