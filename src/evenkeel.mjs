#!/usr/bin/env node
// Plain JavaScript, because a Node that cannot run TypeScript must still be able to read this file: it hands over to the
// Node that `npm ci` brought, or says what to do.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('./main.ts', import.meta.url));

if (process.features.typescript) await import('./main.ts');
else handOver();

function handOver() {
  const node = bundledNode();
  if (node === undefined) {
    process.stderr.write(
      `error: Evenkeel needs Node 22.18 or newer; this is ${process.versions.node}\n` +
        '  hint: run `npm ci` in its folder without `--omit=optional`, which brings a newer Node for Linux, macOS and ' +
        'Windows (x64); elsewhere install one from https://nodejs.org.\n',
    );
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, [main, ...process.argv.slice(2)], { stdio: 'inherit' });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    for (const each of ['SIGINT', 'SIGTERM']) process.removeAllListeners(each);
    if (signal === null) process.exitCode = code;
    else process.kill(process.pid, signal);
  });
}

function bundledNode() {
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const file = process.platform === 'win32' ? 'node.exe' : 'node';
  return [`node-${platform}-${process.arch}`, `node-bin-${platform}-${process.arch}`]
    .map((name) => fileURLToPath(new URL(`../node_modules/${name}/bin/${file}`, import.meta.url)))
    .find((path) => existsSync(path));
}
