import { MBERT } from '../../model/mbert.ts';
import { existsSync } from 'node:fs';

import { SHARED_ADAPTER } from '../../classifier/router.ts';
import type { Example } from '../../domain/example.ts';
import { readBertConfig } from '../../model/checkpoint.ts';
import { findSnapshot, isComplete } from '../../model/hub-cache.ts';
import { repositoryOf } from '../../model/repository.ts';
import { openTokenizer } from '../../model/tokenizer.ts';
import { printJson, printLine } from '../print.ts';
import type { BootstrapFlags } from './flags.ts';
import { expectedSeconds, formatSeconds } from './expected-time.ts';

export interface Plan {
  base: string;
  /** Whether it has to be got first. */
  pull: boolean;
  posts: { train: number; dev: number };
  languages: string[];
  /** In this order; own adapters start from the first. */
  trainings: { adapter: string; posts: number; tokens: number; seconds: number }[];
  device: string;
}

/** Characters to a token of mBERT, on POLAR's posts. */
const CHARACTERS = 3;

interface PlanData {
  train: readonly Example[];
  dev: readonly Example[];
  own: readonly string[];
  hubCache: string;
}

/** What a bootstrap would do. Reads the base where it is here, and asks nothing of the network. */
export async function planOf(flags: BootstrapFlags, { train, dev, own, hubCache }: PlanData): Promise<Plan> {
  const folder = await folderOf(flags.base, hubCache);
  const config = folder === null ? MBERT : await readBertConfig(folder);
  const encode = folder === null ? null : (await openTokenizer(folder, config.vocab_size)).encode;
  const longest = config.max_position_embeddings;
  const lengthOf = (text: string): number =>
    Math.min(longest, encode ? encode(text).length : 2 + Math.ceil(text.length / CHARACTERS));
  const tokens = train.map(({ text }) => lengthOf(text));
  const trainings = [SHARED_ADAPTER, ...own].map((adapter) => {
    const places = [...train.keys()].filter((i) => adapter === SHARED_ADAPTER || train[i]!.language === adapter);
    const seen = flags.epochs * places.reduce((sum, i) => sum + tokens[i]!, 0);
    const { threads, device } = flags;
    return {
      adapter,
      posts: places.length,
      tokens: seen,
      seconds: expectedSeconds({ tokens: seen, config, threads, device }),
    };
  });
  return {
    base: flags.base,
    pull: folder === null,
    posts: { train: train.length, dev: dev.length },
    languages: [...new Set(train.map(({ language }) => language))].sort(),
    trainings,
    device: flags.device,
  };
}

async function folderOf(base: string, hubCache: string): Promise<string | null> {
  if (existsSync(base)) return base;
  const snapshot = await findSnapshot(hubCache, repositoryOf(base));
  return snapshot !== null && (await isComplete(snapshot)) ? snapshot : null;
}

export async function printPlan(plan: Plan, json = false): Promise<void> {
  if (json) return printJson(plan);
  const { base, pull, posts, languages, trainings, device } = plan;
  const all = trainings.reduce((sum, { seconds }) => sum + seconds, 0);
  const guess = device === 'cpu' ? 'a rough guess, nothing else running' : 'an estimate that was never timed on a GPU';
  await printLine(
    [
      pull ? `1. Get ${base} from the hub (times below are for mBERT's shape).` : `1. ${base} is here.`,
      `2. ${posts.train} posts to learn from, ${posts.dev} to choose by, in ${languages.length} languages: ${languages.join(', ')}.`,
      '3. Train:',
      ...trainings.map(
        ({ adapter, posts: own, seconds }) => `   ${adapter}: ${own} posts, about ${formatSeconds(seconds)}`,
      ),
      '4. Put multi in place, and each own adapter that beats it; measure on the dev posts; write model cards.',
      `All of it: about ${formatSeconds(all)} on ${device} (${guess}).`,
    ].join('\n'),
  );
}
