import { expect, test } from 'vitest';
import { strayOperators } from '../../src/model/placement.ts';

const node = (op: string, provider: string, outputs: Record<string, number[]>[]) => ({
  cat: 'Node',
  ph: 'X',
  name: `${op}_kernel_time`,
  args: { op_name: op, provider, output_type_shape: outputs },
});

test('operators that the processor computed for another device are named once, sizes of tensors are not', () => {
  const profile = [
    { cat: 'Session', ph: 'X', name: 'model_run', args: {} },
    node('Gemm', 'WebGpuExecutionProvider', [{ float: [12, 256] }]),
    node('Concat', 'CPUExecutionProvider', [{ int64: [4] }]),
    node('Gelu', 'CPUExecutionProvider', [{ float: [12, 512] }]),
    node('Gelu', 'CPUExecutionProvider', [{ float: [12, 512] }]),
    node('Erf', 'CPUExecutionProvider', [{ float: [12, 512] }]),
    { cat: 'Api', ph: 'X', name: 'Gemm&Gemm', args: { shapes: '' } },
  ];
  expect(strayOperators(JSON.stringify(profile))).toEqual(['Erf', 'Gelu']);
});
