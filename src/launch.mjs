// node src/launch.mjs SCRIPT [ARGUMENT...]: runs a script on a Node that can run TypeScript, which is this one or the one
// that `npm ci` brought. Plain JavaScript, because any Node must be able to read this file. Not by PATH: npm 10 removes
// node_modules/.bin/node again when it drops the packages of other platforms.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const SIGNALS = ['SIGINT', 'SIGTERM'];
const [, , script = '', ...args] = process.argv;

if (process.features.typescript) {
  process.argv.splice(1, 2, resolve(script));
  await import(pathToFileURL(script).href);
} else {
  handOver(bundledNode());
}

function handOver(node) {
  if (node === undefined) {
    process.stderr.write(
      `error: Evenkeel needs Node 22.18 or newer; this is ${process.versions.node}\n` +
        '  hint: run `npm ci` without --omit=optional, which brings a newer Node for Linux, macOS and Windows (x64); ' +
        'elsewhere install one from https://nodejs.org.\n',
    );
    process.exitCode = 1;
    return;
  }
  const child = spawn(node, [script, ...args], { stdio: 'inherit' });
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => {
    for (const each of SIGNALS) process.removeAllListeners(each);
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
