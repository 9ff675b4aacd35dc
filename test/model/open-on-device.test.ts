import { afterEach, describe, expect, test, vi } from 'vitest';
import type { DeviceProbe } from '../../src/model/device-probe.ts';
import { openOnDevice, type OpenOnDeviceOptions } from '../../src/model/open-on-device.ts';
import { builtInProviders } from '../../src/model/ort.ts';
import { Graph, type BuiltModel } from '../../src/onnx/graph.ts';
import { operators } from '../../src/onnx/ops.ts';
import { float32 } from '../../src/onnx/tensor.ts';
import type { Provider } from '../../src/runtime/config.ts';

function double(): BuiltModel {
  const graph = new Graph('double');
  const x = graph.input('x', 'float32', [1]);
  graph.output('y', operators(graph).Add(x, x));
  return graph.build();
}

/** What was asked for on the way. */
let built: Provider[];

const open = (options: Partial<OpenOnDeviceOptions>) => {
  built = [];
  return openOnDevice({
    name: 'the test graph',
    device: 'auto',
    model: async (device) => {
      built.push(device);
      return double();
    },
    threads: () => ({ threads: 1 }),
    tryOut: (session) => session.run({ x: float32([1], [1]) }, ['y']),
    ...options,
  });
};

const probing = (found: DeviceProbe) => async (): Promise<DeviceProbe> => found;

const others = builtInProviders().filter((each) => ['cuda', 'coreml', 'dml', 'webgpu'].includes(each));

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('auto', () => {
  test('takes the processor where nothing else works, and says of every other device why not', async () => {
    const { session, device, refused } = await open({ probe: probing({ said: 'no such thing here' }) });
    await session.close();
    expect([device, session.device]).toEqual(['cpu', 'cpu']);
    expect(built).toEqual(['cpu']);
    expect(refused.map((each) => each.device).sort()).toEqual(others.sort());
    for (const each of refused) {
      expect(each).toMatchObject({ reason: 'no such thing here', hint: expect.stringMatching(/\.$/u) });
    }
  });

  test('takes no device that is slower than the processor, as a Vulkan in software is', async () => {
    const { session, device, refused } = await open({ probe: probing({ cpuMs: 12.3, deviceMs: 500 }) });
    await session.close();
    expect(device).toBe('cpu');
    expect(built).toEqual(['cpu']);
    for (const { reason } of refused) expect(reason).toMatch(/slower than the processor \(500 against 12 ms/u);
  });

  test('takes the next where a device fails on the graph itself', async () => {
    const { session, device, refused } = await open({
      // No GPU is needed for onnxruntime to say that it cannot open a session there.
      probe: probing({ cpuMs: 2, deviceMs: 1 }),
      model: async (each) => (each === 'cpu' ? double() : { bytes: new Uint8Array(64), externalData: [] }),
    });
    await session.close();
    expect(device).toBe('cpu');
    expect(refused).toHaveLength(others.length);
  });

  test('fails with every reason where not even the processor can run it', async () => {
    const failing = open({
      probe: probing({ said: 'none' }),
      tryOut: () => Promise.reject(new Error('no kernel for it')),
    });
    await expect(failing).rejects.toMatchObject({
      code: 'device',
      message: expect.stringMatching(/No device takes the test graph \(.*cpu: no kernel for it\)/u),
    });
  });
});

describe('a device asked for by name', () => {
  test('is taken, and nothing else is tried', async () => {
    const { session, device, refused } = await open({
      device: 'cpu',
      probe: () => Promise.reject(new Error('probed')),
    });
    await session.close();
    expect([device, refused]).toEqual(['cpu', []]);
  });

  test('that onnxruntime was not built for here is an error that says so', async () => {
    const absent = (['dml', 'coreml'] as const).find((each) => !builtInProviders().includes(each))!;
    await expect(open({ device: absent })).rejects.toMatchObject({
      code: 'device',
      message: expect.stringMatching(
        new RegExp(`${absent}: onnxruntime has no such device on ${process.platform}`, 'u'),
      ),
      hint: expect.stringMatching(/EVENKEEL_DEVICE/u),
    });
    expect(built).toEqual([]);
  });

  test.runIf(process.platform === 'linux')(
    'that does not work is an error with the reason and what to do',
    async () => {
      vi.stubEnv('VK_ICD_FILENAMES', '/nonexistent');
      await expect(open({ device: 'webgpu' })).rejects.toMatchObject({
        code: 'device',
        message: expect.stringMatching(/\(webgpu: (no adapter found|onnxruntime has no such device.*)\)/u),
        hint: expect.stringMatching(/Vulkan/u),
      });
      expect(built).toEqual([]);
    },
  );
});
