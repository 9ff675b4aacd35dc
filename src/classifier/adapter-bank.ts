import type { Adapter } from '../model/adapter-files.ts';
import type { BertConfig } from '../model/bert-config.ts';
import { EvenkeelError } from '../runtime/errors.ts';
import type { Tensor } from '../onnx/tensor.ts';
import { allocateBanks, copySlots, writeSlot, type BankTensors } from './bank-tensors.ts';

/** One version of an adapter in its slot of the banks. The slot holds it for as long as someone uses it. */
export interface BankedAdapter {
  readonly name: string;
  readonly version: string;
  readonly slot: number;
  /** By language: the score that comes out as 0.5 (model/calibration-file.ts). */
  readonly thresholds: Readonly<Record<string, number>>;
}

interface Entry extends BankedAdapter {
  users: number;
  replaced: boolean;
}

/** Hands new banks to whoever runs with them; runs asked for later must see them. */
export interface UseBanks {
  (banks: Record<string, Tensor>): Promise<void>;
}

/** Empty slots beyond the adapters at hand, so that most changes write a slot and move nothing. */
const SPARE_SLOTS = 4;

/** What most adapters change. */
const USUAL_TARGETS = ['query', 'value'];

/**
 * The adapters that are served, stacked. A new version is written into an empty slot of the shared banks and takes over
 * between two batches; the slot of the one before is emptied when the last batch that used it is answered, so a batch
 * never sees half of one version and half of another.
 */
export class AdapterBank {
  readonly targets: readonly string[];
  readonly #config: BertConfig;
  readonly #active = new Map<string, Entry>();
  #banks: BankTensors;
  #slots: number;
  #rank: number;
  readonly #free: number[] = [];
  /** Changes are made one after the other. */
  #lastChange: Promise<unknown> = Promise.resolve();

  private constructor(config: BertConfig, slots: number, rank: number, targets: readonly string[]) {
    this.#config = config;
    this.targets = targets;
    this.#slots = slots;
    this.#rank = rank;
    this.#banks = allocateBanks(config, { slots, rank, targets });
    for (let slot = 0; slot < slots; slot += 1) this.#free.push(slot);
  }

  static async of(config: BertConfig, adapters: ReadonlyMap<string, Adapter>): Promise<AdapterBank> {
    const settings = [...adapters.values()].map((adapter) => adapter.settings);
    const targets = new Set([...USUAL_TARGETS, ...settings.flatMap(({ target_modules }) => target_modules)]);
    const rank = Math.max(1, ...settings.map(({ r }) => r));
    const bank = new AdapterBank(config, adapters.size + SPARE_SLOTS, rank, [...targets].sort());
    for (const [name, adapter] of adapters) await bank.#write(name, adapter);
    return bank;
  }

  /** The inputs of the serving graph that hold the adapters. */
  get banks(): Record<string, Tensor> {
    return Object.fromEntries(this.#banks);
  }

  get hiddenSize(): number {
    return this.#config.hidden_size;
  }

  /** The rank that every slot has room for. */
  get rank(): number {
    return this.#rank;
  }

  has(name: string): boolean {
    return this.#active.has(name);
  }

  /** Name and version of each. */
  versions(): Map<string, string> {
    return new Map([...this.#active].map(([name, { version }]) => [name, version]));
  }

  /** The adapter as it is now, kept in its slot until `release`. */
  acquire(name: string): BankedAdapter {
    const entry = this.#active.get(name);
    if (!entry) throw new RangeError(`no adapter ${name} is served`);
    entry.users += 1;
    return entry;
  }

  release(adapter: BankedAdapter): void {
    const entry = adapter as Entry;
    entry.users -= 1;
    this.#emptyIfUnused(entry);
  }

  /** Adds an adapter or a new version of one. Once it resolves, whoever acquires the name gets it. */
  put(name: string, adapter: Adapter, useBanks: UseBanks): Promise<void> {
    const change = this.#lastChange.then(() => this.#put(name, adapter, useBanks));
    this.#lastChange = change.catch(() => {});
    return change;
  }

  remove(name: string): void {
    const entry = this.#active.get(name);
    if (!entry) return;
    this.#active.delete(name);
    entry.replaced = true;
    this.#emptyIfUnused(entry);
  }

  async #put(name: string, adapter: Adapter, useBanks: UseBanks): Promise<void> {
    const { r, target_modules: targets } = adapter.settings;
    const homeless = targets.find((target) => !this.targets.some((known) => `.${target}`.endsWith(`.${known}`)));
    if (homeless !== undefined) throw newTarget(name, homeless, this.targets);
    if (this.#free.length === 0 || r > this.#rank) await this.#grow(Math.max(this.#rank, r), useBanks);
    await this.#write(name, adapter);
  }

  async #write(name: string, adapter: Adapter): Promise<void> {
    const slot = this.#free.shift()!;
    await writeSlot(this.#banks, slot, adapter);
    this.remove(name);
    const { version, calibration } = adapter;
    this.#active.set(name, { name, version, slot, thresholds: calibration.thresholds, users: 0, replaced: false });
  }

  async #grow(rank: number, useBanks: UseBanks): Promise<void> {
    const slots = this.#free.length > 0 ? this.#slots : 2 * this.#slots;
    const larger = allocateBanks(this.#config, { slots, rank, targets: this.targets });
    copySlots(this.#banks, larger);
    await useBanks(Object.fromEntries(larger));
    for (let slot = this.#slots; slot < slots; slot += 1) this.#free.push(slot);
    this.#banks = larger;
    this.#slots = slots;
    this.#rank = rank;
  }

  #emptyIfUnused(entry: Entry): void {
    if (entry.replaced && entry.users === 0) this.#free.push(entry.slot);
  }
}

function newTarget(name: string, target: string, known: readonly string[]): EvenkeelError {
  return new EvenkeelError(
    'model',
    `The adapter ${name} changes ${target}, but the graph that is running has places for ${known.join(', ')} only`,
    { hint: 'Start again: the graph is built for the adapters that are there at the start.' },
  );
}
