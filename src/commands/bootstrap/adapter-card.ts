import type { Metrics } from '../../trainer/metrics.ts';

/** What a model card says of an adapter that a bootstrap has trained. */
export interface AdapterCard {
  name: string;
  base: string;
  settings: { r: number; lora_alpha: number; target_modules: readonly string[] };
  epochs: number;
  learningRate: number;
  /** Of each language that it learned from. */
  posts: Readonly<Record<string, number>>;
  /** Dev figures as served, of the languages that it answers for. */
  figures: Readonly<Record<string, Metrics>>;
  day: string;
}

/** The README.md of an adapter, in the form of the hub's model cards. */
export function adapterCard({ name, base, settings, epochs, learningRate, posts, figures, day }: AdapterCard): string {
  const figure = (value: number): string => value.toFixed(3);
  const rows = Object.entries(figures).map(
    ([language, m]) =>
      `| ${language} | ${m.count} | ${figure(m.macroF1)} | ${figure(m.precision)} | ${figure(m.recall)} | ${figure(m.ece)} |`,
  );
  const learned = Object.entries(posts).map(([language, count]) => `${language} ${count.toLocaleString('en-US')}`);
  return `---
base_model: ${base}
library_name: peft
tags: [lora, text-classification]
---

# ${name}

Tells polarized posts from others, for a moderator to look at: not for sanctions without one, and not for judging people.
${
  name === 'multi'
    ? 'It answers for every language that has no adapter of its own.'
    : 'It started from `multi`, and is here because it beats `multi` on the dev posts of its language.'
}

LoRA on ${settings.target_modules.join(', ')} (r ${settings.r}, alpha ${settings.lora_alpha}) with a classification head of its own, trained by
\`evenkeel bootstrap\` on ${day}: at most ${epochs} epochs at ${learningRate}, the best one kept. Its calibration is in calibration.json: a
temperature, and by language the score that comes out as 0.5.

Dev posts, as served, from 0.5 on. The epoch, the calibration and whether this adapter is used were chosen by them: expect
slightly less elsewhere.

| language | posts | macro-F1 | precision | recall | ECE |
| --- | --- | --- | --- | --- | --- |
${rows.join('\n')}

It learned from: ${learned.join(', ')}. The licence of these data holds for this adapter too.
`;
}
