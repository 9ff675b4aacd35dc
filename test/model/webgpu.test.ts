import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, expect, test } from 'vitest';
import { halvesFromFloats } from '../../src/onnx/float-formats.ts';
import { describeOnSoftwareVulkan, SOFTWARE_VULKAN } from '../software-vulkan.ts';
import type { WebGpuReport } from './run-on-webgpu.ts';

describeOnSoftwareVulkan('WebGPU', () => {
  let report: WebGpuReport;

  beforeAll(() => {
    const script = fileURLToPath(new URL('run-on-webgpu.ts', import.meta.url));
    const { status, signal, stdout, stderr } = spawnSync(process.execPath, [script], {
      env: { ...process.env, ...SOFTWARE_VULKAN },
      encoding: 'utf8',
      timeout: 240_000,
    });
    if (status !== 0) throw new Error(`it ended with ${signal ?? status}: ${stderr}`);
    report = JSON.parse(stdout) as WebGpuReport;
  }, 250_000);

  test('scores packed posts of several adapters as the processor and as PyTorch do', () => {
    expect(report.serving.difference).toBeLessThan(1e-5);
    expect(report.serving.fromPyTorch).toBeLessThan(3e-5);
  });

  test('scores them in fp16 close to what the processor does in fp32', () => {
    expect(report.half.difference).toBeLessThan(5e-3);
    expect(report.half.difference).toBeGreaterThan(0);
    expect(report.half.strays).toEqual([]);
  });

  test('sees an adapter that is replaced while it serves', () => {
    expect(report.swapped.moved).toBeGreaterThan(1e-3);
    expect(report.swapped.difference).toBeLessThan(1e-5);
  });

  test('computes itself what it serves', () => {
    expect(report.named.device).toBe('webgpu');
    expect(report.serving.strays).toEqual([]);
  });

  test.each(['full', 'lora'])('leaves nothing of %s training to the processor but the loss of each post', (method) => {
    // What onnxruntime makes of SoftmaxCrossEntropyLoss and its gradient: a few numbers a post.
    const { strays } = report.training[method]!;
    expect(strays.filter((op) => !['ConstantOfShape', 'LogSoftmax', 'Unsqueeze'].includes(op))).toEqual([]);
  });

  test('takes float16 weights and inputs', () => {
    expect(report.float16).toEqual([...halvesFromFloats(Float32Array.of(18.5))]);
  });

  test.each(['full', 'lora'])('gives the loss and the gradients of %s training as the processor does', (method) => {
    const { loss, gradient, gradients } = report.training[method]!;
    expect(gradients).toBeGreaterThan(9);
    expect(loss).toBeLessThan(1e-5);
    expect(gradient).toBeLessThan(1e-4);
  });

  test('in software is not what auto takes', () => {
    expect(report.auto.device).toBe('cpu');
    expect(report.auto.reason).toMatch(/slower than the processor/u);
  });
});
