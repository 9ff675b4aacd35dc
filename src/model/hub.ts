import { join } from 'node:path';
import { modelInfo } from '@huggingface/hub';
import { EvenkeelError } from '../runtime/errors.ts';
import type { HubSettings } from '../runtime/hub-settings.ts';
import { bertFiles } from './bert-files.ts';
import { checkCheckpoint, readBertConfig } from './checkpoint.ts';
import { INDEX, readWeightMap } from './checkpoint-weights.ts';
import { COMMIT, findSnapshot, isComplete, repositoryFolder, writeRef } from './hub-cache.ts';
import { getFiles, type GetOptions } from './hub-files.ts';
import { lockModel, makeFolders } from './hub-lock.ts';
import { hubRequest, HubUnreachable, PATIENCE, patiently, unreachable, type HubRequest } from './hub-requests.ts';
import { formatRepository, type Repository } from './repository.ts';
import { openTokenizer } from './tokenizer.ts';

export interface PullOptions extends Partial<Omit<GetOptions, 'request'>> {
  /** Something that a person should know while it goes on. */
  onNote?: (note: string) => void;
}

export interface Pulled {
  id: string;
  /** As it was asked for. */
  revision: string;
  commit: string;
  /** With all that a BERT needs, checked. */
  folder: string;
  /** Bytes that came over the network. */
  downloaded: number;
}

/**
 * Gets what a BERT needs of a model on the hub into the cache that all programs of a user share. What is there already is
 * not got again, a cut download goes on where it was, and nothing is in place before its checksum is right. Where the hub
 * cannot be reached, a revision in the cache will do. Throws `network` for what the hub refuses, `model` for what is no
 * BERT or cannot be written.
 */
export async function pullModel(hub: HubSettings, repository: Repository, options: PullOptions = {}): Promise<Pulled> {
  const { patience = PATIENCE, onNote = () => {} } = options;
  if (hub.offline) return cached(hub, repository, offline(repository));
  const request = hubRequest(hub, repository, patience);
  let remote: Remote;
  try {
    remote = await patiently(patience, () => lookUp(hub, repository, request));
  } catch (error) {
    if (!(error instanceof HubUnreachable)) throw error;
    const pulled = await cached(hub, repository, error);
    onNote(`${error.message}. The cache has this model, so that is used.`);
    return pulled;
  }
  const unlock = await lockModel(hub.cache, repository.id, onNote);
  try {
    return await download(hub, repository, remote, { ...options, patience, request });
  } finally {
    unlock();
  }
}

interface Remote {
  commit: string;
  names: string[];
}

/** What the hub has of a revision. */
async function lookUp(hub: HubSettings, { id, revision }: Repository, request: HubRequest): Promise<Remote> {
  const info = await modelInfo({
    name: id,
    revision,
    hubUrl: hub.endpoint,
    additionalFields: ['sha', 'filePaths'],
    fetch: (url, init) => request(url instanceof Request ? url.url : String(url), init),
  }).catch((error: unknown) => {
    if (error instanceof EvenkeelError) throw error;
    throw error instanceof SyntaxError ? noHub(hub, error) : unreachable(hub.endpoint, error);
  });
  const { sha, filePaths } = info as { sha?: unknown; filePaths?: unknown };
  if (typeof sha !== 'string' || !COMMIT.test(sha) || !Array.isArray(filePaths)) throw noHub(hub);
  return { commit: sha, names: filePaths as string[] };
}

async function download(
  hub: HubSettings,
  repository: Repository,
  { commit, names }: Remote,
  options: GetOptions & PullOptions,
): Promise<Pulled> {
  const { id, revision } = repository;
  const home = repositoryFolder(hub.cache, id);
  const folder = join(home, 'snapshots', commit);
  const place = { blobs: join(home, 'blobs'), folder, url: `${hub.endpoint}/${id}/resolve/${commit}` };
  makeFolders(place.blobs, folder);
  const files = bertFiles(names, formatRepository(repository));
  // What it is, and which files its weights are in, tells before they are got.
  const settings = files.filter((name) => name === 'config.json' || name === INDEX);
  let downloaded = await getFiles(settings, place, { ...options, onProgress: undefined });
  const { vocab_size: vocabSize } = await readBertConfig(folder);
  const shards = files.includes(INDEX) ? Object.values(await readWeightMap(join(folder, INDEX))) : [];
  downloaded += await getFiles([...files, ...new Set(shards)], place, options);
  await checkCheckpoint(folder);
  await openTokenizer(folder, vocabSize);
  // Last: a revision in the cache is one that can be used.
  if (revision !== commit) await writeRef(hub.cache, repository, commit);
  return { id, revision, commit, folder, downloaded };
}

/** The revision in the cache, or `error` where it is not there whole. */
async function cached(hub: HubSettings, repository: Repository, error: EvenkeelError): Promise<Pulled> {
  const folder = await findSnapshot(hub.cache, repository);
  if (folder === null || !(await isComplete(folder))) throw error;
  return { ...repository, commit: folder.slice(-40), folder, downloaded: 0 };
}

function offline(repository: Repository): EvenkeelError {
  return new EvenkeelError(
    'network',
    `${formatRepository(repository)} is not whole in the cache, and HF_HUB_OFFLINE is set`,
    {
      hint: 'Unset HF_HUB_OFFLINE to pull it.',
    },
  );
}

function noHub({ endpoint }: HubSettings, cause?: unknown): EvenkeelError {
  return new EvenkeelError('network', `${endpoint} does not answer as a hub does`, {
    hint: 'Check that HF_ENDPOINT is the address of a hub, and that no sign-in page of this network stands in between.',
    cause,
  });
}
