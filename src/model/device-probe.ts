import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Provider } from '../runtime/config.ts';
import { messageOf } from '../runtime/errors.ts';

/** How long the same matrix products took, in ms; or all that was said where the device does not work. */
export type DeviceProbe = { cpuMs: number; deviceMs: number } | { said: string };

/** A driver may compile its kernels at first; one that takes longer than this is of no use. */
const TIMEOUT_MS = 60_000;

/**
 * Tries a device in a process of its own: a driver that crashes takes only that one down, and what a device lacks is named
 * nowhere but on the stderr of onnxruntime's native half.
 */
export function probeDevice(device: Provider): Promise<DeviceProbe> {
  const file = fileURLToPath(new URL('./device-probe-process.ts', import.meta.url));
  // In the built package this file and its neighbour are JavaScript.
  const script = import.meta.url.endsWith('.js') ? file.replace(/\.ts$/, '.js') : file;
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [...process.execArgv, script, device],
      { timeout: TIMEOUT_MS },
      (error, stdout, stderr) => {
        if (!error) return resolve(JSON.parse(stdout) as DeviceProbe);
        const ending = error.killed
          ? `gave no answer within ${TIMEOUT_MS / 1000} s`
          : error.signal
            ? `ended by ${error.signal}`
            : '';
        resolve({ said: `${stderr.trim() || messageOf(error)}\n${ending}`.trim() });
      },
    );
  });
}
