import type { Command } from 'commander';
import { BUNDLED, listModels } from './model/listing.ts';
import { pull } from './model/pull.ts';
import { removeModel } from './model/remove.ts';
import { useModel } from './model/use.ts';
import { addSettings } from './settings.ts';

const REPOSITORY = 'a model on the Hugging Face hub, org/name or org/name@revision';

export function addModel(program: Command): void {
  const model = program
    .command('model')
    .description(
      'Base models of the Hugging Face hub: gets, lists, chooses and removes them. Each subcommand has --json.',
    )
    .addHelpText(
      'after',
      `
Environment:
  HF_ENDPOINT      another hub, or a mirror (default https://huggingface.co)
  HF_TOKEN         for private and gated models (default what \`hf auth login\` stored)
  HF_HOME, HF_HUB_CACHE, XDG_CACHE_HOME   where models are kept (default ~/.cache/huggingface/hub, shared with other programs)
  HF_HUB_OFFLINE   1: ask nothing of the network

Example:
  $ evenkeel model pull google-bert/bert-base-multilingual-cased
  $ evenkeel model use google-bert/bert-base-multilingual-cased`,
    );
  model
    .command('pull')
    .argument('<repository>', REPOSITORY)
    .description(
      'Gets what a BERT needs, and nothing else, into the shared model cache; a cut pull goes on where it stopped.',
    )
    .option('--json', 'print {"id", "revision", "commit", "folder", "downloaded"}')
    .action(pull);
  const list = model
    .command('list')
    .description('The base models on this machine: the bundled one, and those in the shared cache that are BERT.')
    .option('--json', 'print {"models": [{"name", "revisions", "commit", "folder", "size", "complete", "inUse"}]}')
    .action(listModels);
  const use = model
    .command('use')
    .argument('<model>', `${REPOSITORY}; a folder; or "${BUNDLED}" for the bundled one`)
    .description('Chooses the base for a data folder: what start, classify and the others use without --base.')
    .option('--json', 'print {"base", "folder", "adapters"}')
    .action(useModel);
  const remove = model
    .command('remove')
    .argument('<repository>', `${REPOSITORY}; without a revision all of them`)
    .description('Removes a model from the shared cache, but for files that another revision of it needs.')
    .option('--force', 'even where it is in use; the bundled one is used then')
    .option('--json', 'print {"removed": [{"id", "commit"}], "freed"}')
    .action(removeModel);
  for (const each of [list, use, remove]) addSettings(each, ['dataDir']);
}
