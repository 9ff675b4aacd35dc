/**
 * What onnxruntime 1.30 and the devices below it say where memory does not suffice for a run. A run of fewer rows may
 * still fit: the session is as good as before, unless the device itself was lost.
 */
const OUT_OF_MEMORY = [
  // BFC arenas of the processor, CUDA and DirectML, and arrays for the outputs (V8).
  /Failed to allocate memory|Available memory of \d+ is smaller than requested|Array buffer allocation failed/,
  /bad_alloc|bad allocation|out of memory|not enough memory|E_OUTOFMEMORY|0x8007000E/i,
  // Allocators below CUDA's kernels.
  /CUBLAS_STATUS_ALLOC_FAILED|CUDNN_STATUS_ALLOC_FAILED|cudaErrorMemoryAllocation/,
  // WebGPU: Dawn, the Vulkan under it, and tensors that need more bindings of the largest size than a shader may have.
  /OUT_OF_(DEVICE|HOST|POOL)_MEMORY|exceeds the max(imum)? buffer size|Too many storage buffers in shader/,
];

/** A device that stopped answering, for lack of memory more often than not: its sessions are worthless from then on. */
const LOST = /device (is |was )?lost|DEVICE_LOST|DXGI_ERROR_DEVICE_(REMOVED|HUNG|RESET)/i;

export function isOutOfMemory(reason: string): boolean {
  return OUT_OF_MEMORY.some((pattern) => pattern.test(reason)) || isDeviceLost(reason);
}

export function isDeviceLost(reason: string): boolean {
  return LOST.test(reason);
}
