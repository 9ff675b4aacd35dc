import type { Command } from 'commander';

/** Versions that were trained here, which are in the database rather than in a folder. */
export function versionCommands(adapters: Command): Command[] {
  return [
    adapters
      .command('versions')
      .argument('[name]', 'only this adapter, such as en-c12')
      .description('The versions that were trained here, newest first, and which is served.')
      .option('--json', 'print {"base", "versions": [{"name", "version", "state", "served", "clean", "lesson"}]}')
      .action(async (name, flags) => (await import('./versions.ts')).listVersions(name, flags)),
    adapters
      .command('promote')
      .argument('<name>', 'an adapter of `evenkeel adapters versions`')
      .argument('<version>', 'the first characters of its version')
      .description('Serves a version from now on: every process has it within five seconds.')
      .option('--force', 'though its gate refused it')
      .option('--json', 'print {"name", "version"}')
      .action(async (name, version, flags) => (await import('./versions.ts')).promoteVersion(name, version, flags)),
    adapters
      .command('rollback')
      .argument('<name>', 'an adapter of `evenkeel adapters versions`')
      .description('Serves what was served before: an earlier version, else what came with the base.')
      .option('--json', 'print {"name", "from", "to"}')
      .action(async (name, flags) => (await import('./versions.ts')).rollBackVersion(name, flags)),
    adapters
      .command('diff')
      .argument('<name>', 'an adapter of `evenkeel adapters versions`')
      .argument('<one>', 'the first characters of a version')
      .argument('<other>', 'of another')
      .description('How two versions differ: what they learned from, their figures, and by how much weights moved.')
      .option('--json', 'print {"one", "other", "metrics", "weights"}')
      .action(async (name, one, other, flags) => (await import('./versions.ts')).diffVersions(name, one, other, flags)),
    adapters
      .command('save')
      .argument('<name>', 'an adapter of `evenkeel adapters versions`')
      .argument('<version>', 'the first characters of its version')
      .argument('<folder>', 'where it goes; PeftModel.from_pretrained(model, folder) loads it')
      .description("Writes a version that was trained here to a folder in PEFT's format, model card included.")
      .option('--json', 'print {"name", "version", "folder"}')
      .action(async (name, version, folder, flags) =>
        (await import('./versions.ts')).saveVersion(name, version, folder, flags),
      ),
  ];
}
