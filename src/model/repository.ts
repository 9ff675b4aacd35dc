import { EvenkeelError } from '../runtime/errors.ts';

/** A model on the Hugging Face hub, as people write it: `org/name` or `org/name@revision`. */
export interface Repository {
  id: string;
  /** A branch, a tag, `refs/pr/1` or a commit. */
  revision: string;
}

const DEFAULT_REVISION = 'main';

/** The hub's own rule for names; together they stay below one folder of the cache. */
const NAME = /^(?!.*(--|\.\.))\w[\w.-]{0,95}$/;
const REVISION = /^(?!.*\.\.)\w[\w.-]*(\/\w[\w.-]*)*$/;

/** Null for what is no repository's name. */
export function parseRepository(text: string): Repository | null {
  const [id = '', revision = DEFAULT_REVISION, ...more] = text.split('@');
  const names = id.split('/');
  const fits = names.length === 2 && names.every((name) => NAME.test(name)) && !id.endsWith('.git');
  return fits && more.length === 0 && REVISION.test(revision) ? { id, revision } : null;
}

/** Throws a `usage` error for what is no repository's name. */
export function repositoryOf(text: string): Repository {
  const repository = parseRepository(text);
  if (repository !== null) return repository;
  throw new EvenkeelError('usage', `${JSON.stringify(text)} is not the name of a model on the hub`, {
    hint: 'Write org/name or org/name@revision, such as google-bert/bert-base-multilingual-cased.',
  });
}

/** As it is written: without the revision where that is the default. */
export function formatRepository({ id, revision }: Repository): string {
  return revision === DEFAULT_REVISION ? id : `${id}@${revision}`;
}
