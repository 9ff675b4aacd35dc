import { openClassifier } from '../../classifier/classifier.ts';
import { readExamples } from '../../trainer/dataset.ts';
import { measure } from '../../trainer/metrics.ts';
import { BUNDLED_BASE } from '../../runtime/config.ts';
import { configOf } from '../settings.ts';
import { atMost, type BenchFlags, type Figure } from './figure.ts';

/** What int8 changes of the bundled model's verdicts. Needs labelled posts: without, there is nothing to say. */
export async function fidelity({ data, threads }: BenchFlags): Promise<Figure[]> {
  if (data === undefined) return [];
  const examples = (await Promise.all(data.map(readExamples))).flat();
  const labels = examples.map(({ label }) => label);
  const scores: number[][] = [];
  for (const precision of ['fp32', 'int8']) {
    const classifier = await openClassifier({ ...configOf({ threads, precision, device: 'cpu' }), base: BUNDLED_BASE });
    const verdicts = await classifier.classify(examples.map(({ text }) => text));
    scores.push(verdicts.map(({ score }) => score));
    await classifier.close();
  }
  const [exact, int8] = scores as [number[], number[]];
  const [before, after] = [measure(exact, labels), measure(int8, labels)];
  const flips = exact.filter((score, i) => score >= 0.5 !== int8[i]! >= 0.5).length;
  const against = `the bundled model in fp32, ${examples.length} posts`;
  return [
    atMost(0.5, { name: 'int8: other verdicts', value: (100 * flips) / examples.length, unit: '%', against }),
    atMost(0.002, {
      name: 'int8: macro-F1 moves by',
      value: Math.abs(after.macroF1 - before.macroF1),
      unit: '',
      against,
    }),
    atMost(0.005, { name: 'int8: ECE moves by', value: Math.abs(after.ece - before.ece), unit: '', against }),
  ];
}
