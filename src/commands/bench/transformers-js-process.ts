import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pathToFileURL } from 'node:url';

/*
 * The peer @huggingface/transformers, which is no dependency of this project: a process that is told where it is installed.
 * Reads JSON lines, first {"peers", "folder", "dtype", "threads"}, then lists of texts; answers each with
 * {"seconds", "logits"}: batches of 32 as they come, each padded to its longest.
 */

interface Task {
  peers: string;
  folder: string;
  dtype: 'fp32' | 'q8';
  threads: number;
}

interface Batch {
  logits: { data: Float32Array };
}

/** The parts of the package that are used. */
interface TransformersJs {
  env: { allowRemoteModels: boolean; localModelPath: string };
  AutoTokenizer: { from_pretrained(name: string): Promise<(texts: string[], options: object) => object> };
  AutoModelForSequenceClassification: {
    from_pretrained(name: string, options: object): Promise<(inputs: object) => Promise<Batch>>;
  };
}

const BATCH = 32;

async function open({ peers, folder, dtype, threads }: Task): Promise<(texts: string[]) => Promise<number[]>> {
  const entry = createRequire(join(peers, 'package.json')).resolve('@huggingface/transformers');
  const { env, AutoTokenizer, AutoModelForSequenceClassification } = (await import(
    pathToFileURL(entry).href
  )) as TransformersJs;
  env.allowRemoteModels = false;
  env.localModelPath = dirname(folder);
  const name = basename(folder);
  const tokenizer = await AutoTokenizer.from_pretrained(name);
  const model = await AutoModelForSequenceClassification.from_pretrained(name, {
    dtype,
    session_options: { intraOpNumThreads: threads, interOpNumThreads: 1 },
  });
  return async (texts) => {
    const logits: number[] = [];
    for (let start = 0; start < texts.length; start += BATCH) {
      const batch = texts.slice(start, start + BATCH);
      const outputs = await model(tokenizer(batch, { padding: true, truncation: true, max_length: 512 }));
      logits.push(...outputs.logits.data);
    }
    return logits;
  };
}

let run: ((texts: string[]) => Promise<number[]>) | null = null;
for await (const line of createInterface(process.stdin)) {
  const value = JSON.parse(line) as unknown;
  if (run === null) {
    run = await open(value as Task);
    process.stdout.write('"ready"\n');
    continue;
  }
  const startedAt = performance.now();
  const logits = await run(value as string[]);
  process.stdout.write(`${JSON.stringify({ seconds: (performance.now() - startedAt) / 1000, logits })}\n`);
}
