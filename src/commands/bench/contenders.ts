import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openCheckpoint } from '../../model/checkpoint.ts';
import { classifierParameters, encoderParameters } from '../../model/bert-config.ts';
import { createOrtSession } from '../../model/ort.ts';
import { openTokenizer } from '../../model/tokenizer.ts';
import { float32 } from '../../onnx/tensor.ts';
import { EvenkeelError } from '../../runtime/errors.ts';
import { converseInLines, type Conversation } from './conversation.ts';
import { buildPlainModel, inOnePiece, paddedInputs } from './plain-model.ts';

/** Someone who scores texts, and how long that took. */
export interface Contender {
  name: string;
  run(texts: readonly string[]): Promise<Scored>;
  stop(): Promise<void>;
}

export interface Scored {
  seconds: number;
  /** [texts, 2] */
  logits: ArrayLike<number>;
}

const BATCH = 32;
/** What a naive server pads to, and cuts at. */
const PADDED = 128;

/** onnxruntime on the exported model, in this process: batches of 32 as they come, padded to 128. */
export async function naiveServer(folder: string, threads: number): Promise<Contender> {
  const { config, tensors } = await openWhole(folder);
  const tokenizer = await openTokenizer(folder);
  const session = await createOrtSession(buildPlainModel(config, tensors, 'fp32'), { threads });
  return {
    name: 'a naive server (fp32, padded to 128)',
    async run(texts) {
      const startedAt = performance.now();
      const logits: number[] = [];
      for (let start = 0; start < texts.length; start += BATCH) {
        const sequences = texts.slice(start, start + BATCH).map((text) => {
          const tokens = tokenizer.encode(text);
          if (tokens.length > PADDED) tokens[PADDED - 1] = tokenizer.sepId;
          return tokens.subarray(0, PADDED);
        });
        const outputs = await session.run(paddedInputs(sequences, PADDED));
        logits.push(...(outputs['logits']!.data as Float32Array));
      }
      return { seconds: (performance.now() - startedAt) / 1000, logits };
    },
    stop: () => session.release(),
  };
}

/** @huggingface/transformers as installed in `peers`, on the same weights: its files are written into the folder. */
export async function transformersJs(
  folder: string,
  peers: string,
  dtype: 'fp32' | 'q8',
  threads: number,
): Promise<Contender> {
  const { config, tensors } = await openWhole(folder);
  const file = join(folder, 'onnx', dtype === 'q8' ? 'model_quantized.onnx' : 'model.onnx');
  if (!existsSync(file)) {
    await mkdir(join(folder, 'onnx'), { recursive: true });
    await writeFile(file, inOnePiece(buildPlainModel(config, tensors, dtype)));
  }
  const script = new URL('./transformers-js-process.ts', import.meta.url);
  if (import.meta.url.endsWith('.js')) script.pathname = script.pathname.replace(/\.ts$/, '.js');
  const child = spawn(process.execPath, [fileURLToPath(script)], { stdio: ['pipe', 'pipe', 'inherit'] });
  const hint = `Install it: \`npm install --prefix ${peers} --ignore-scripts @huggingface/transformers\`.`;
  const talk = converseInLines(child, `transformers.js of ${peers}`, hint);
  await talk.ask({ peers, folder, dtype, threads });
  return asked(`transformers.js ${dtype}`, talk);
}

/** PyTorch under the given interpreter. */
export async function pyTorch(
  folder: string,
  python: string,
  dtype: 'float32' | 'bfloat16' | 'float16',
  threads: number,
  device = 'cpu',
): Promise<Contender> {
  const script = fileURLToPath(new URL('../../../test/peers/inference.py', import.meta.url));
  const hint = 'A checkout is needed, and an interpreter with torch and transformers.';
  if (!existsSync(script)) throw new EvenkeelError('input', `${script} is missing`, { hint });
  const child = spawn(python, ['-W', 'ignore', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const talk = converseInLines(child, python, hint);
  await talk.ask({ folder, dtype, threads, device });
  return asked(`PyTorch ${dtype}${device === 'cpu' ? '' : ` on ${device}`}`, talk);
}

function asked(name: string, { ask, stop }: Conversation): Contender {
  return { name, run: async (texts) => (await ask(texts)) as Scored, stop };
}

/** A checkpoint with its head; a base without one gets one of zeros, which takes as long. */
async function openWhole(folder: string): ReturnType<typeof openCheckpoint> {
  const { config, tensors } = await openCheckpoint(folder, encoderParameters);
  const heads = classifierParameters(config).filter(({ name }) => !tensors.has(name));
  return { config, tensors: new Map([...tensors, ...heads.map(({ name, shape }) => [name, float32(shape)] as const)]) };
}
