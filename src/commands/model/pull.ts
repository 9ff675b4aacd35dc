import type { Pulled } from '../../model/hub.ts';
import { formatRepository, repositoryOf, type Repository } from '../../model/repository.ts';
import { loadHubSettings } from '../../runtime/hub-settings.ts';
import { createProgress, type Progress } from '../../runtime/progress.ts';
import { printJson, printLine, printNote } from '../print.ts';
import type { ModelFlags } from './listing.ts';

export async function pull(text: string, { json }: ModelFlags): Promise<void> {
  const repository = repositoryOf(text);
  const pulled = await pullWithProgress(repository);
  if (json) return printJson(pulled);
  await printLine(
    `${pulled.id} (${pulled.revision}, commit ${pulled.commit.slice(0, 12)}) is in ${pulled.folder}.\n` +
      `\`evenkeel model use ${formatRepository(repository)}\` makes it the base.`,
  );
}

export async function pullWithProgress(repository: Repository): Promise<Pulled> {
  const { pullModel } = await import('../../model/hub.ts');
  let bar: Progress | null = null;
  try {
    return await pullModel(loadHubSettings(process.env), repository, {
      onProgress: (done, total, initial) => {
        const [unit, size] = total >= 1e7 ? (['MB', 1e6] as const) : (['kB', 1e3] as const);
        const rounded = (bytes: number): number => Math.round(bytes / size);
        bar ??= createProgress({ label: 'pull', total: rounded(total), unit, initial: rounded(initial) });
        bar.update(rounded(done));
      },
      onNote: printNote,
    });
  } finally {
    (bar as Progress | null)?.finish();
  }
}
