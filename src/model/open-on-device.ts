import { existsSync, readdirSync } from 'node:fs';
import type { BuiltModel } from '../onnx/graph.ts';
import type { Device, Provider } from '../runtime/config.ts';
import { EvenkeelError, messageOf } from '../runtime/errors.ts';
import { probeDevice, type DeviceProbe } from './device-probe.ts';
import { notBuiltIn, refusal, type RefusedDevice } from './device-refusal.ts';
import { builtInProviders } from './ort.ts';
import { openSession, type Session, type SessionOptions } from './session.ts';

export interface OpenOnDeviceOptions extends Pick<SessionOptions, 'name' | 'constants' | 'startWorker'> {
  device: Device;
  /** The graph as a device wants it; built only for devices that are tried. */
  model: (device: Provider) => Promise<BuiltModel>;
  /** Threads and workers of a device's session. */
  threads: (device: Provider) => Pick<SessionOptions, 'threads' | 'workers'>;
  /** Runs the session once: only then is it known that the device can. */
  tryOut: (session: Session) => Promise<unknown>;
  /** How a device is tried before the graph is built for it. */
  probe?: (device: Provider) => Promise<DeviceProbe>;
}

/** Where a session runs, and what would have been tried before. */
export interface TakenDevice {
  readonly device: Provider;
  readonly refused: readonly RefusedDevice[];
}

export interface OpenedOnDevice extends TakenDevice {
  session: Session;
}

/** `auto` takes the first that works. */
const BEST_FIRST: readonly Provider[] = ['cuda', 'coreml', 'dml', 'webgpu', 'cpu'];

/**
 * Opens a graph on the device asked for, or rejects with a `device` error that says why it cannot be. `auto` takes the best
 * device that takes the whole graph and is faster than the processor: a software Vulkan is not.
 */
export async function openOnDevice(options: OpenOnDeviceOptions): Promise<OpenedOnDevice> {
  const { device: wanted } = options;
  const builtIn = builtInProviders();
  if (wanted !== 'auto') {
    const opened = builtIn.includes(wanted) ? await openOn(wanted, options) : notBuiltIn(wanted);
    if ('session' in opened) return { session: opened.session, device: wanted, refused: [] };
    throw unusable(options.name, [opened]);
  }
  const refused: RefusedDevice[] = [];
  for (const device of BEST_FIRST.filter((each) => builtIn.includes(each))) {
    const opened = await openOn(device, options);
    if ('session' in opened) return { session: opened.session, device, refused };
    refused.push(opened);
  }
  throw unusable(options.name, refused);
}

async function openOn(device: Provider, options: OpenOnDeviceOptions): Promise<{ session: Session } | RefusedDevice> {
  const { name, model, threads, constants, startWorker, tryOut } = options;
  if (device !== 'cpu') {
    const automatic = options.device === 'auto';
    const found = await (options.probe ?? (automatic ? probeIfLikely : probeDevice))(device);
    if ('said' in found) return refusal(device, found.said);
    if (automatic && found.deviceMs >= found.cpuMs) return refusal(device, slower(found));
  }
  let session: Session | null = null;
  try {
    session = await openSession({
      name,
      model: await model(device),
      device,
      ...threads(device),
      constants,
      startWorker,
    });
    await tryOut(session);
    // Core ML is made to take parts of a graph, and whoever asks for it by name wants that.
    if (session.strays.length === 0 || options.device === 'coreml') return { session };
    await session.close();
    return refusal(device, `it leaves ${session.strays.join(', ')} to the processor`);
  } catch (error) {
    await session?.close();
    if (error instanceof EvenkeelError && (error.code === 'model' || error.code === 'config')) throw error;
    return refusal(device, messageOf(error));
  }
}

/** Spares a process where there is no GPU: on Linux one has a device file, in containers and under WSL too. */
async function probeIfLikely(device: Provider): Promise<DeviceProbe> {
  const nvidia = existsSync('/dev/nvidiactl') || existsSync('/dev/dxg');
  const any = nvidia || (existsSync('/dev/dri') && readdirSync('/dev/dri').some((file) => file.startsWith('renderD')));
  if (process.platform !== 'linux' || (device === 'cuda' ? nvidia : any)) return probeDevice(device);
  return { said: device === 'cuda' ? 'this machine has no NVIDIA GPU' : 'this machine has no GPU' };
}

function slower({ cpuMs, deviceMs }: { cpuMs: number; deviceMs: number }): string {
  const [device, cpu] = [deviceMs, cpuMs].map((ms) => ms.toFixed(ms < 10 ? 1 : 0));
  return `it is slower than the processor (${device} against ${cpu} ms for the same), as a Vulkan in software is`;
}

function unusable(name: string, refused: readonly RefusedDevice[]): EvenkeelError {
  const reasons = refused.map(({ device, reason }) => `${device}: ${reason}`).join('; ');
  return new EvenkeelError('device', `No device takes ${name} (${reasons})`, { hint: refused.at(-1)!.hint });
}
