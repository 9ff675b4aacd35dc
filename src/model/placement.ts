/** A node in an onnxruntime profile (Chrome's trace events), as far as it is read here. */
interface NodeEvent {
  cat: string;
  name: string;
  args: { op_name?: string; provider?: string; output_type_shape?: Record<string, number[]>[] };
}

/**
 * The operators that a run on another device computed on the processor, each once: onnxruntime moves a node there without
 * a word where the device has no kernel for it. Sizes for a Reshape belong on the processor and do not count.
 * `profile` is the text of the file that onnxruntime wrote.
 */
export function strayOperators(profile: string): string[] {
  const strays = new Set<string>();
  for (const { cat, name, args } of JSON.parse(profile) as NodeEvent[]) {
    const onProcessor = cat === 'Node' && name.endsWith('_kernel_time') && args.provider === 'CPUExecutionProvider';
    if (onProcessor && !(args.output_type_shape ?? []).every(isSizes)) strays.add(args.op_name!);
  }
  return [...strays].sort();
}

function isSizes(output: Record<string, number[]>): boolean {
  return Object.entries(output).every(([type, shape]) => type === 'int64' && shape.length <= 1);
}
