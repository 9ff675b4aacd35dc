import type { Example } from '../../domain/example.ts';
import { EvenkeelError } from '../../runtime/errors.ts';
import { readExamples } from '../../trainer/dataset.ts';

/** Posts by language, those of files with `.dev.` in their name held out. Throws `input` where a language lacks either. */
export async function examplesByLanguage(
  files: readonly string[],
): Promise<Map<string, { train: Example[]; dev: Example[] }>> {
  const languages = new Map<string, { train: Example[]; dev: Example[] }>();
  for (const file of files) {
    for (const example of await readExamples(file)) {
      const known = languages.get(example.language) ?? { train: [], dev: [] };
      languages.set(example.language, known);
      known[file.includes('.dev.') ? 'dev' : 'train'].push(example);
    }
  }
  for (const [language, { train, dev }] of languages) {
    if (train.length > 0 && dev.length > 0) continue;
    throw new EvenkeelError('input', `There are no posts to ${train.length > 0 ? 'measure' : 'train'} ${language} on`, {
      hint: 'Give a file of each: it.train.jsonl and it.dev.jsonl, for instance.',
    });
  }
  return languages;
}
