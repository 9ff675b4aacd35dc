import { describe, expect, test } from 'vitest';
import { isDeviceLost, isOutOfMemory } from '../../src/model/out-of-memory.ts';

/** As onnxruntime 1.30.0 said it on the processor and on lavapipe; CUDA's and a lost device's words are from their sources. */
describe('an error of onnxruntime', () => {
  test.each([
    [
      'bfc_arena.cc:360 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, onnxruntime::Stream*) Failed to allocate memory for requested buffer of size 400000000000000\n',
    ],
    [
      'bfc_arena.cc:376 void* onnxruntime::BFCArena::AllocateRawInternal(size_t, bool, onnxruntime::Stream*) Available memory of 1048576 is smaller than requested bytes of 2097152',
    ],
    ["Non-zero status code returned while running MatMul node. Name:'MatMul' Status Message: std::bad_alloc"],
    ['CUDA failure 2: out of memory ; GPU=0 ; hostname=vm ; expr=cudaMalloc((void**)&p, size);'],
    [
      'vkCreateBuffer failed with VK_ERROR_OUT_OF_DEVICE_MEMORY\n - While calling [Device].CreateBuffer([BufferDescriptor]).',
    ],
    [
      'numbers_storage_buffers_ <= limits_.maxStorageBuffersPerShaderStage was false. Too many storage buffers in shader. Current: 29, Max is 16\n',
    ],
    ['WebGPU validation failed. [Invalid Buffer (unlabeled)] is invalid due to a previous error.'],
    ['Array buffer allocation failed'],
  ])('means that memory ran out: %s', (said) => {
    expect(isOutOfMemory(said)).toBe(true);
    expect(isDeviceLost(said)).toBe(false);
  });

  test.each([
    ['WebGPU device lost (1): the driver was reset'],
    ['Failed to download data from buffer. wgpu::MapAsyncStatus value: 3'],
    ['vkQueueSubmit failed with VK_ERROR_DEVICE_LOST'],
  ])('means that the device is lost, and a run of less may work on it: %s', (said) => {
    expect(isDeviceLost(said)).toBe(true);
    expect(isOutOfMemory(said)).toBe(true);
  });

  test.each([
    ['Got invalid dimensions for input: x for the following indices\n index: 1 Got: 2 Expected: 512'],
    [
      'Non-zero status code returned while running Gather node. Status Message: indices element out of data bounds, idx=7',
    ],
    ['no available backend found. ERR: [dml] backend not found.'],
  ])('means neither: %s', (said) => {
    expect(isOutOfMemory(said)).toBe(false);
    expect(isDeviceLost(said)).toBe(false);
  });
});
