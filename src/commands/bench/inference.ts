import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { openClassifier, type Classifier } from '../../classifier/classifier.ts';
import { readable } from '../../domain/text.ts';
import { openTokenizer, type Tokenizer } from '../../model/tokenizer.ts';
import { configOf } from '../settings.ts';
import { naiveServer, pyTorch, transformersJs, type Contender } from './contenders.ts';
import { fidelity } from './fidelity.ts';
import { atLeast, atMost, informing, quantile, type BenchFlags, type Figure } from './figure.ts';
import { benchPosts } from './posts.ts';
import { MBERT } from '../../model/mbert.ts';
import { writeRandomBase } from './random-base.ts';
import { openRawSession } from './raw-session.ts';

/** Posts that everyone scores in each round; Evenkeel gets them several times over, as a stream has no end. */
const POSTS = 128;
const STREAM = 6;
const ROUNDS = 3;
/** What `monitorEventLoopDelay` waits between two looks, in ms: an idle loop shows this much. */
const LOOK_MS = 10;
/** Posts a second: 4 billion a day. */
const ALL_OF_DISCORD = 46_300;
const SINGLE_TOKENS = 32;
const SINGLES = 40;

/** Evenkeel's whole service against onnxruntime alone and against others' servers, on one machine, model and set of posts. */
export async function benchInference(flags: BenchFlags): Promise<Figure[]> {
  const folder = await mkdtemp(join(tmpdir(), 'evenkeel-bench-'));
  try {
    const base = flags.base ?? join(folder, 'mbert');
    if (flags.base === undefined) await writeRandomBase(base, MBERT, ['multi', 'en', 'es', 'it']);
    const texts = (await benchPosts(flags.data)).map(({ text }) => readable(text));
    const threads = Number(flags.threads ?? availableParallelism());
    const classifier = await openClassifier({ ...configOf(flags), base, cacheFolder: join(folder, 'cache') });
    try {
      return [
        ...(await race(classifier, base, texts, threads, flags)),
        ...(await alone(classifier, base, texts, threads)),
        ...(await fidelity(flags)),
      ];
    } finally {
      await classifier.close();
    }
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** Rates, everyone in turn, medians of the rounds. */
async function race(
  classifier: Classifier,
  base: string,
  texts: readonly string[],
  threads: number,
  flags: BenchFlags,
): Promise<Figure[]> {
  const sample = spread(texts, POSTS);
  const stream = spread(texts, POSTS * STREAM);
  const tokenizer = await openTokenizer(base);
  const tokens = stream.reduce((sum, text) => sum + tokenizer.encode(text).length, 0);
  const raw = await openRawSession(base, classifier, threads);
  const opponents: Opponent[] = [];
  const delay = monitorEventLoopDelay({ resolution: LOOK_MS });
  try {
    for (const each of opponentsOf(classifier, base, threads, flags)) opponents.push(await each);
    const ours: number[] = [];
    const rawTokens: number[] = [];
    const theirs = opponents.map((): number[] => []);
    await classifier.classify(sample);
    for (let round = 0; round < ROUNDS; round += 1) {
      delay.enable();
      ours.push(stream.length / (await seconds(() => classifier.classify(stream))));
      delay.disable();
      rawTokens.push(await raw.bestTokensPerSecond());
      for (const [i, { contender }] of opponents.entries()) {
        theirs[i]!.push(sample.length / (await contender.run(sample)).seconds);
      }
    }
    const own = quantile(ours, 0.5);
    const tokensPerPost = tokens / stream.length;
    const rate = { name: `posts/s, ${classifier.precision}`, value: own, unit: 'posts/s' };
    return [
      classifier.device === 'cpu'
        ? informing({ ...rate, against: `${tokensPerPost.toFixed(1)} tokens a post` })
        : atLeast(ALL_OF_DISCORD, { ...rate, against: `the mean rate of all of Discord; on ${classifier.device}` }),
      ...opponents.map(({ target, contender: { name } }, i) => {
        const value = quantile(
          ours.map((each, round) => each / theirs[i]![round]!),
          0.5,
        );
        const against = `${name}: ${quantile(theirs[i]!, 0.5).toPrecision(3)} posts/s`;
        return atLeast(target, { name: `posts/s against ${name}`, value, unit: 'x', against });
      }),
      atLeast(0.95, {
        name: 'tokens/s against onnxruntime alone on the same graph',
        value: quantile(
          ours.map((each, round) => (each * tokensPerPost) / rawTokens[round]!),
          0.5,
        ),
        unit: 'x',
        against: `at its best shape, ${quantile(rawTokens, 0.5).toPrecision(4)} tokens/s`,
      }),
      atMost(5, {
        name: 'event loop held up at saturation, p99',
        value: Math.max(0, delay.percentile(99) / 1e6 - LOOK_MS),
        unit: 'ms',
        against: 'issue 3',
      }),
      ...(await raw.padding(texts)),
    ];
  } finally {
    await raw.close();
    for (const { contender } of opponents) await contender.stop();
  }
}

interface Opponent {
  target: number;
  contender: Contender;
}

/** Those that can be had, opened one after the other; on a GPU PyTorch is the only one. */
function* opponentsOf(
  { device }: Classifier,
  base: string,
  threads: number,
  { peers, python }: BenchFlags,
): Generator<Promise<Opponent>> {
  const against = async (target: number, contender: Promise<Contender>): Promise<Opponent> => {
    return { target, contender: await contender };
  };
  if (device !== 'cpu') {
    if (python !== undefined) yield against(4, pyTorch(base, python, 'float16', threads, 'cuda'));
    return;
  }
  yield against(12, naiveServer(base, threads));
  if (peers !== undefined) {
    yield against(6, transformersJs(base, peers, 'fp32', threads));
    yield against(2.5, transformersJs(base, peers, 'q8', threads));
  }
  if (python !== undefined) {
    yield against(6, pyTorch(base, python, 'float32', threads));
    yield against(3, pyTorch(base, python, 'bfloat16', threads));
  }
}

/** One post of 32 tokens after the other, and whether its score is the same in company. */
async function alone(
  classifier: Classifier,
  base: string,
  texts: readonly string[],
  threads: number,
): Promise<Figure[]> {
  const tokenizer = await openTokenizer(base);
  const text = textOf(texts, SINGLE_TOKENS, tokenizer);
  const raw = await openRawSession(base, classifier, threads);
  const [ours, bare]: [number[], number[]] = [[], []];
  for (let i = 0; i < SINGLES; i += 1) {
    ours.push(1000 * (await seconds(() => classifier.classify([text]))));
    bare.push(await raw.singleMs(SINGLE_TOKENS));
  }
  await raw.close();
  const sample = spread(texts, POSTS);
  const together = await classifier.classify(sample);
  let furthest = 0;
  for (const [i, one] of sample.entries()) {
    const [verdict] = await classifier.classify([one]);
    furthest = Math.max(furthest, Math.abs(verdict!.score - together[i]!.score));
  }
  const bareMs = quantile(bare, 0.5);
  return [
    atMost(bareMs + 2, {
      name: `one post of ${SINGLE_TOKENS} tokens, p50`,
      value: quantile(ours, 0.5),
      unit: 'ms',
      against: `onnxruntime alone ${bareMs.toFixed(1)} ms, and 2 ms`,
    }),
    atMost(classifier.precision === 'int8' ? 0 : 1e-5, {
      name: `a score alone and in a batch, ${classifier.precision}: largest difference`,
      value: furthest,
      unit: '',
      against: `${sample.length} posts`,
    }),
  ];
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1000;
}

/** `count` texts from all over the list, over and over where there are fewer. */
function spread(texts: readonly string[], count: number): string[] {
  return Array.from({ length: count }, (_, i) =>
    count <= texts.length ? texts[Math.floor((i * texts.length) / count)]! : texts[i % texts.length]!,
  );
}

/** Words of the posts until there are as many tokens, [CLS] and [SEP] included. */
function textOf(texts: readonly string[], tokens: number, { encode }: Tokenizer): string {
  let text = '';
  for (const word of texts.join(' ').split(/\s+/u)) {
    const longer = text === '' ? word : `${text} ${word}`;
    const { length } = encode(longer);
    if (length <= tokens) text = longer;
    if (length === tokens) break;
  }
  return text;
}
