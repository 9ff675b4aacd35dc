import { createHash } from 'node:crypto';
import { readFile, readdir } from 'node:fs/promises';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A file of a page as it is served. */
export interface PageFile {
  type: string;
  body: Uint8Array<ArrayBuffer>;
  /** For `If-None-Match`. */
  etag: string;
}

/** What a page may consist of; other files of its folder are not served. */
const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
};

/** The files of one folder by the path that they are served at; `index.html` is `/`. */
export async function readPageFiles(folder: URL): Promise<Map<string, PageFile>> {
  const names = (await readdir(fileURLToPath(folder))).filter((name) => extname(name) in TYPES);
  const files = await Promise.all(
    names.map(async (name): Promise<[string, PageFile]> => {
      const body = new Uint8Array(await readFile(new URL(name, folder)));
      const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
      return [name === 'index.html' ? '/' : `/${name}`, { type: TYPES[extname(name)] ?? '', body, etag }];
    }),
  );
  return new Map(files);
}
