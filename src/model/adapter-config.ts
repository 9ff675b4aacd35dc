import type { BertConfig } from './bert-config.ts';
import { adaptedModules, type LoraSettings } from './lora.ts';
import { unfitModel } from './model-file.ts';

/** What an adapter_config.json says: the settings, and the base that the adapter was made for. */
export interface AdapterConfig {
  settings: LoraSettings;
  /** base_model_name_or_path: a Hugging Face id or a folder; empty where the file has none. */
  base: string;
}

/** Settings that say how the adapter came to be, not what it computes. */
const HARMLESS = new Set([
  'auto_mapping',
  'base_model_name_or_path',
  'corda_config',
  'ensure_weight_tying',
  'eva_config',
  'inference_mode',
  'layers_pattern',
  'loftq_config',
  'lora_ga_config',
  'megatron_core',
  'peft_version',
  'qalora_group_size',
  'revision',
  'runtime_config',
]);

/** Starts that leave the base's weights as they are; the others (PiSSA, OLoRA, LoftQ …) change them. */
const PLAIN_STARTS = new Set<unknown>([undefined, null, true, false, 'gaussian', 'orthogonal', 'eva']);

const HINT =
  'Supported is what PEFT makes with LoraConfig(task_type="SEQ_CLS", r, lora_alpha, lora_dropout, use_rslora, target_modules) on BertForSequenceClassification.';

/**
 * The settings of PEFT's adapter_config.json. `base`: the model that it shall adapt; `modules`: those that its weights
 * are for. Throws for every setting that would make it compute something else, by name. `path` is what errors call the file.
 */
export function parseAdapterConfig(
  json: Record<string, unknown>,
  path: string,
  base: BertConfig,
  modules: readonly string[],
): AdapterConfig {
  const {
    peft_type: type,
    task_type: task,
    r,
    lora_alpha: alpha,
    lora_dropout: dropout = 0,
    use_rslora: rslora = false,
    bias = 'none',
    target_modules: targets,
    exclude_modules: excluded,
    modules_to_save: saved,
    init_lora_weights: start,
    ...others
  } = json;
  const must = (name: string, value: unknown, holds: boolean, expected: string): void => {
    if (!holds) throw refused(path, `has ${name} ${JSON.stringify(value)}, expected ${expected}`);
  };
  must('peft_type', type, type === 'LORA', '"LORA"');
  // It chooses a class in Python, and says nothing of the weights.
  must('task_type', task, task === 'SEQ_CLS' || (task ?? null) === null, '"SEQ_CLS"');
  must('r', r, Number.isSafeInteger(r) && (r as number) > 0, 'a positive whole number');
  must('lora_alpha', alpha, Number.isFinite(alpha), 'a number');
  must('lora_dropout', dropout, Number.isFinite(dropout), 'a number');
  must('use_rslora', rslora, typeof rslora === 'boolean', 'true or false');
  must('bias', bias, bias === 'none', '"none"');
  must('init_lora_weights', start, PLAIN_STARTS.has(start), 'a start that leaves the base as it is');
  must('modules_to_save', saved, isListOf(saved, ['classifier', 'score'], 'classifier'), '["classifier"]');
  for (const [name, value] of Object.entries(others))
    if (!HARMLESS.has(name) && !isNeutral(value))
      throw refused(path, `has ${name} ${JSON.stringify(value)}, which is not supported`);

  const settings: LoraSettings = {
    r: r as number,
    lora_alpha: alpha as number,
    lora_dropout: dropout as number,
    use_rslora: rslora as boolean,
    // A pattern or an exception is resolved to the modules that it chose.
    target_modules:
      Array.isArray(targets) && isNeutral(excluded) ? (targets as string[]).toSorted() : modules.toSorted(),
  };
  const isTarget =
    typeof targets === 'string' || (Array.isArray(targets) && targets.every((one) => typeof one === 'string'));
  must('target_modules', targets, isTarget, 'names of linear layers');
  const expected = new Set(adaptedModules(base, settings.target_modules).map(({ module }) => module));
  for (const module of modules)
    if (!expected.has(module)) throw refused(path, `targets no linear layer ${module}, but there are weights for it`);
  for (const module of expected)
    if (!modules.includes(module)) throw refused(path, `targets ${module}, but there are no weights for it`);
  const name = others.base_model_name_or_path;
  return { settings, base: typeof name === 'string' ? name : '' };
}

/** The adapter_config.json that PEFT reads. */
export function formatAdapterConfig({ settings, base }: AdapterConfig): string {
  const { r, lora_alpha, lora_dropout, use_rslora, target_modules } = settings;
  return `${JSON.stringify(
    {
      peft_type: 'LORA',
      task_type: 'SEQ_CLS',
      base_model_name_or_path: base,
      r,
      lora_alpha,
      lora_dropout,
      use_rslora,
      bias: 'none',
      fan_in_fan_out: false,
      inference_mode: true,
      init_lora_weights: true,
      modules_to_save: ['classifier'],
      target_modules: target_modules.toSorted(),
    },
    null,
    2,
  )}\n`;
}

function isListOf(value: unknown, allowed: readonly unknown[], required: unknown): boolean {
  return Array.isArray(value) && value.includes(required) && value.every((one) => allowed.includes(one));
}

/** Whether a setting is one that asks for nothing. */
function isNeutral(value: unknown): boolean {
  if (typeof value === 'object' && value !== null) return Object.keys(value).length === 0;
  return value === undefined || value === null || value === false;
}

function refused(path: string, what: string): Error {
  return unfitModel(`${path} ${what}`, HINT);
}
