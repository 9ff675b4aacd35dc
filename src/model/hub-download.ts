import { createHash } from 'node:crypto';
import { constants, createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';
import { EvenkeelError, messageOf } from '../runtime/errors.ts';
import { patiently, unreachable, type HubRequest, type Patience } from './hub-requests.ts';

/** A file on the hub. */
export interface RemoteFile {
  name: string;
  url: string;
  size: number;
  /** sha256 of its content where the hub keeps it in large file storage, else the sha1 that git gives it. */
  etag: string;
}

/** What the hub says about a file, without its content. */
export async function describeFile(request: HubRequest, name: string, url: string): Promise<RemoteFile> {
  let at = url;
  for (let hop = 0; hop < 5; hop += 1) {
    const response = await request(at, { method: 'HEAD', redirect: 'manual' });
    const { headers } = response;
    const next = headers.get('Location');
    const linked = headers.get('X-Linked-Etag');
    // Large files lead to another host, whose own etag says nothing; a new name of the model or a mirror leads elsewhere.
    if (linked === null && next !== null) {
      at = new URL(next, at).href;
      continue;
    }
    const etag = /^(?:W\/)?"?([\w.-]+)"?$/.exec(linked ?? headers.get('ETag') ?? '')?.[1];
    const size = headers.get('X-Linked-Size') ?? headers.get('Content-Length') ?? '';
    if (etag === undefined || !/^\d+$/.test(size)) throw strange(url, `it says neither size nor checksum of ${name}`);
    return { name, url, size: Number(size), etag };
  }
  throw strange(url, `it redirects ${name} again and again`);
}

/**
 * Downloads a file to `blob`, through `blob`.incomplete: what is there already is kept, be it of a cut or of another
 * program. It is in place only once its checksum is right. `onBytes` hears how many bytes of it are there.
 */
export async function downloadFile(
  request: HubRequest,
  file: RemoteFile,
  blob: string,
  { patience, onBytes }: { patience: Patience; onBytes: (bytes: number) => void },
): Promise<void> {
  const part = `${blob}.incomplete`;
  for (;;) {
    const resumed = await partSize(part);
    let [reached, failedAt] = [resumed, resumed];
    const append = (): Promise<void> =>
      appendTo(part, request, file, patience, (bytes) => {
        reached = bytes;
        onBytes(bytes);
      });
    await patiently(patience, append, () => {
      const further = reached > failedAt;
      failedAt = reached;
      return further;
    });
    if (await isRight(part, file)) return rename(part, blob);
    await rm(part, { force: true });
    // What was there before may have been of other content; what came whole is the hub's mistake.
    if (resumed === 0) throw strange(file.url, `the checksum of ${file.name} is not the one that it says`);
  }
}

/** How many bytes of a file that was not yet got whole are there. */
export async function partSize(part: string): Promise<number> {
  return (await stat(part).catch(() => null))?.size ?? 0;
}

/** Asks for the bytes that are missing and writes them as they come. */
async function appendTo(
  part: string,
  request: HubRequest,
  file: RemoteFile,
  { silenceMs }: Patience,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const handle = await onDisk(part, () => open(part, constants.O_WRONLY | constants.O_CREAT, 0o644));
  const silence = new AbortController();
  const timer = setTimeout(() => silence.abort(new Error(`no byte came for ${silenceMs / 1000} s`)), silenceMs);
  try {
    let at = await partSize(part);
    if (at > file.size) {
      await onDisk(part, () => handle.truncate(0));
      at = 0;
    }
    if (at === file.size) return;
    const headers: Record<string, string> = at > 0 ? { Range: `bytes=${at}-` } : {};
    const response = await request(file.url, { headers, signal: silence.signal });
    if (at > 0 && !response.headers.get('Content-Range')?.startsWith(`bytes ${at}-`)) {
      // It sends the whole instead.
      await onDisk(part, () => handle.truncate(0));
      at = 0;
    }
    for await (const chunk of piecesOf(response, file.url)) {
      timer.refresh();
      if (at + chunk.length > file.size) throw strange(file.url, `${file.name} is longer than it says`);
      await onDisk(part, () => handle.write(chunk, 0, chunk.length, at));
      at += chunk.length;
      onBytes(at);
    }
    if (at < file.size)
      throw unreachable(file.url, new Error(`the connection ended after ${at} of ${file.size} bytes`));
    await onDisk(part, () => handle.sync());
  } finally {
    clearTimeout(timer);
    await handle.close();
  }
}

async function* piecesOf(response: Response, url: string): AsyncGenerator<Uint8Array> {
  const reader = response.body!.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((error: unknown) => {
        throw unreachable(url, error);
      });
      if (done) return;
      yield value;
    }
  } finally {
    await reader.cancel().catch(() => {});
  }
}

/** What a disk refuses is said in a sentence. */
async function onDisk<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    const isFull = error instanceof Error && 'code' in error && (error.code === 'ENOSPC' || error.code === 'EDQUOT');
    throw new EvenkeelError('model', `${path} cannot be written: ${isFull ? 'the disk is full' : messageOf(error)}`, {
      hint: `${isFull ? 'Free some space' : 'Give this user write access to it'}, or choose another folder with HF_HUB_CACHE. The same command goes on where it stopped.`,
      cause: error,
    });
  }
}

/** Whether a file has the content that its etag names; a mirror's etag of another kind says nothing about it. */
async function isRight(path: string, { size, etag }: RemoteFile): Promise<boolean> {
  if ((await partSize(path)) !== size) return false;
  const kind = /^[0-9a-f]{64}$/.test(etag) ? 'sha256' : /^[0-9a-f]{40}$/.test(etag) ? 'sha1' : null;
  if (kind === null) return true;
  const hash = createHash(kind);
  if (kind === 'sha1') hash.update(`blob ${size}\0`);
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex') === etag;
}

function strange(url: string, what: string): EvenkeelError {
  return new EvenkeelError('network', `${new URL(url).origin} gave a wrong answer: ${what}`, {
    hint: 'Check that HF_ENDPOINT is the address of a hub and that nothing in between changes what it sends; then try again.',
  });
}
