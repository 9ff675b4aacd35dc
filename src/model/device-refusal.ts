import type { Provider } from '../runtime/config.ts';

/** A device that could not be used, why, and what to do about it. */
export interface RefusedDevice {
  device: Provider;
  reason: string;
  hint: string;
}

const USE_ANOTHER = 'Set EVENKEEL_DEVICE=auto for the best device that works here, or cpu.';

const HINTS: Record<Provider, string> = {
  cpu: 'Run `evenkeel doctor`, and report it.',
  cuda: `It needs an NVIDIA GPU with its driver. ${USE_ANOTHER}`,
  webgpu: `It needs the driver of a GPU: Vulkan on Linux (package libvulkan1 and the GPU's own), Metal or Direct3D 12. ${USE_ANOTHER}`,
  coreml: `It needs an Apple computer. ${USE_ANOTHER}`,
  dml: `It needs Windows with a GPU that has Direct3D 12. ${USE_ANOTHER}`,
};

/** The words of onnxruntime 1.30 that tell, and what they mean to whoever runs it. */
const KNOWN: readonly { pattern: RegExp; reason: (match: RegExpExecArray) => string; hint?: string }[] = [
  {
    pattern:
      /Failed to load library \S*libonnxruntime_providers_\w+\.so with error: \S*libonnxruntime_providers_\w+\.so: cannot/,
    reason: () => "onnxruntime's CUDA libraries are not installed",
    hint: 'Run `npm rebuild onnxruntime-node --ignore-scripts=false` in the folder of Evenkeel: it downloads them (some 300 MB).',
  },
  {
    pattern: /Failed to load library \S+ with error: (\S+): cannot open shared object file/,
    reason: ([, library]) => `the library ${library} is missing`,
    hint: "Install NVIDIA's CUDA runtime of that version with cuBLAS, cuRAND and cuDNN, and put its folder into LD_LIBRARY_PATH.",
  },
  {
    pattern: /Failed to load library \S+ with error: ([^\n]+)/,
    reason: ([, error]) => error!,
  },
  {
    pattern: /CUDA failure \d+: ([^;]+?) ?;/,
    reason: ([, error]) => error!,
    hint: `Install or update the NVIDIA driver, and see that this user may use the GPU (\`nvidia-smi\`). ${USE_ANOTHER}`,
  },
  { pattern: /Failed to get a WebGPU adapter: No supported adapters/, reason: () => 'no adapter found' },
  { pattern: /\[(\w+)\] backend not found/, reason: () => NOT_BUILT_IN },
];

const NOT_BUILT_IN = `onnxruntime has no such device on ${process.platform} ${process.arch}`;

/** What onnxruntime said, down to the line that matters. */
export function refusal(device: Provider, said: string): RefusedDevice {
  for (const { pattern, reason, hint } of KNOWN) {
    const match = pattern.exec(said);
    if (match) return { device, reason: reason(match), hint: hint ?? HINTS[device] };
  }
  return { device, reason: lineThatMatters(said), hint: HINTS[device] };
}

/** An uncaught error's own line if there is one, else the last. */
function lineThatMatters(said: string): string {
  const lines = said.split('\n').map((line) => line.trim());
  const thrown = lines.find((line) => /^\w*Error: /.test(line));
  return (thrown ?? lines.findLast((line) => line !== '') ?? 'it says nothing').replace(/^\w*Error: /, '');
}

export function notBuiltIn(device: Provider): RefusedDevice {
  return { device, reason: NOT_BUILT_IN, hint: HINTS[device] };
}
