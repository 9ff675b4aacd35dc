import { describe, expect, test } from 'vitest';
import { refusal } from '../../src/model/device-refusal.ts';

const LOADING = '[E:onnxruntime:, provider_bridge_ort.cc:2146 Create] FAIL : Failed to load library';
const FOLDER = '/app/node_modules/onnxruntime-node/bin/napi-v6/linux/x64';
const THROWN = `
/app/node_modules/onnxruntime-node/dist/backend.js:53
            loadModel(pathOrBuffer.buffer, pathOrBuffer.byteOffset, pathOrBuffer.byteLength, options);
            ^

Error: OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library
    at new OnnxruntimeSessionHandler (/app/node_modules/onnxruntime-node/dist/backend.js:53:92)

Node.js v24.21.0`;

/** As onnxruntime-node 1.30.0 says it: without its CUDA libraries, without cuBLAS, with a driver that is none. */
describe('of what onnxruntime says about a device', () => {
  test('that its own CUDA libraries are not there becomes how to get them', () => {
    const library = `${FOLDER}/libonnxruntime_providers_shared.so`;
    const said = `${LOADING} ${library} with error: ${library}: cannot open shared object file: No such file or directory\n${THROWN}`;
    expect(refusal('cuda', said)).toEqual({
      device: 'cuda',
      reason: "onnxruntime's CUDA libraries are not installed",
      hint: expect.stringContaining('npm rebuild onnxruntime-node'),
    });
  });

  test('that a library of NVIDIA’s is missing names the library', () => {
    const said = `${LOADING} ${FOLDER}/libonnxruntime_providers_cuda.so with error: libcublasLt.so.13: cannot open shared object file: No such file or directory\n${THROWN}`;
    expect(refusal('cuda', said)).toMatchObject({
      reason: 'the library libcublasLt.so.13 is missing',
      hint: expect.stringMatching(/CUDA runtime of that version/u),
    });
  });

  test('that CUDA fails is kept in CUDA’s words', () => {
    const said =
      'Error: /onnxruntime_src/onnxruntime/core/providers/cuda/cuda_call.cc:154 CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version ; GPU=-1 ; hostname=vm ; file=/onnxruntime_src/onnxruntime/core/providers/cuda/cuda_execution_provider.cc ; line=352 ; expr=cudaSetDevice(info_.device_id);';
    expect(refusal('cuda', said)).toMatchObject({
      reason: 'CUDA driver version is insufficient for CUDA runtime version',
      hint: expect.stringMatching(/driver/u),
    });
  });

  test('that there is no adapter becomes what WebGPU needs', () => {
    const said =
      "Warning: Couldn't load Vulkan: libvulkan.so.1: cannot open shared object file: No such file or directory\n\nError: webgpu_context.cc:136 adapter_result.status == wgpu::RequestAdapterStatus::Success was false. Failed to get a WebGPU adapter: No supported adapters\n";
    expect(refusal('webgpu', said)).toMatchObject({
      reason: 'no adapter found',
      hint: expect.stringMatching(/libvulkan1/u),
    });
  });

  test('anything else is kept down to the line that was thrown, or the last one', () => {
    expect(refusal('webgpu', THROWN).reason).toBe(
      'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library',
    );
    expect(refusal('webgpu', 'Warning: something\nended by SIGSEGV').reason).toBe('ended by SIGSEGV');
    expect(refusal('webgpu', '').reason).toBe('it says nothing');
  });
});
