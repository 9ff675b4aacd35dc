import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Adapter } from '../model/adapter-files.ts';
import type { BertConfig } from '../model/bert-config.ts';
import { adaptedModules, loraScaling } from '../model/lora.ts';
import { float32, sizeOf, type Tensor } from '../onnx/tensor.ts';

/** The banks of a serving graph (model/inference-graph.ts) by input name: [slots, …] float32 in shared memory. */
export type BankTensors = ReadonlyMap<string, Tensor>;

export interface BankSize {
  slots: number;
  rank: number;
  /** Modules that have a place, as the last parts of their names. */
  targets: readonly string[];
}

/** Empty banks: an adapter of zeros in every slot. Memory is only taken up where it is written. */
export function allocateBanks(config: BertConfig, { slots, rank, targets }: BankSize): Map<string, Tensor> {
  const empty = (shape: number[]): Tensor => float32(shape, new Float32Array(new SharedArrayBuffer(4 * sizeOf(shape))));
  const banks = new Map([
    ['classifier.weight', empty([slots, config.hidden_size, 2])],
    ['classifier.bias', empty([slots, 2])],
  ]);
  for (const { module, inFeatures, outFeatures } of adaptedModules(config, targets)) {
    banks.set(`lora_A.${module}`, empty([slots, inFeatures, rank]));
    banks.set(`lora_B.${module}`, empty([slots, rank, outFeatures]));
  }
  return banks;
}

/**
 * Writes an adapter into a slot, each module in a turn of the event loop of its own: PEFT's matrices are transposed, the
 * scaling goes into B, the temperature into the head, ranks below the bank's and modules that the adapter leaves alone are zeros.
 */
export async function writeSlot(
  banks: BankTensors,
  slot: number,
  { settings, tensors, calibration }: Adapter,
): Promise<void> {
  const scaling = loraScaling(settings);
  for (const [name, bank] of banks) {
    const [, rows, columns] = [...bank.shape, 1] as [number, number, number];
    const target = (bank.data as Float32Array).subarray(slot * rows * columns, (slot + 1) * rows * columns);
    target.fill(0);
    const source = tensors.get(name.replace(/^lora_([AB])\.(.*)$/, '$2.lora_$1.weight'));
    if (!source) continue;
    const factor = name.startsWith('classifier.') ? 1 / calibration.temperature : 1;
    transpose(source, target, columns, name.startsWith('lora_B.') ? scaling : factor);
    await nextTurn();
  }
}

/** Copies every slot into banks that have at least as many slots and as high a rank. */
export function copySlots(from: BankTensors, to: BankTensors): void {
  for (const [name, { shape, data }] of from) {
    const [slots, rows, columns] = [...shape, 1] as [number, number, number];
    const larger = to.get(name)!;
    const [, largerRows, largerColumns] = [...larger.shape, 1] as [number, number, number];
    for (let slot = 0; slot < slots; slot += 1) {
      for (let row = 0; row < rows; row += 1) {
        const start = (slot * rows + row) * columns;
        const values = (data as Float32Array).subarray(start, start + columns);
        (larger.data as Float32Array).set(values, (slot * largerRows + row) * largerColumns);
      }
    }
  }
}

/** [rows, columns] into [columns, width] with width >= rows, times `factor`; a vector stays one. */
function transpose({ shape, data }: Tensor, target: Float32Array, width: number, factor: number): void {
  const [rows, columns] = shape.length === 2 ? (shape as [number, number]) : [1, shape[0]!];
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < columns; column += 1) {
      target[column * width + row] = (data[row * columns + column] as number) * factor;
    }
  }
}
