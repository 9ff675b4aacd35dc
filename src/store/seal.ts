import { createCipheriv, createDecipheriv, createHash, createSecretKey, randomBytes } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { EvenkeelError } from '../runtime/errors.ts';

const ALGORITHM = 'aes-256-gcm';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Which row sealed bytes belong to: moved to another row, they do not open. */
export type SealedRow = { channel: number; message: string; revision: number } | { installation: string };

/** Encrypts what is stored of posts, and tokens. Layout: key id (1 byte), nonce (12), ciphertext, tag (16). */
export interface Seal {
  seal(text: string, row: SealedRow): Buffer;
  /** Throws `config` where no key opens it: another key, changed bytes, or bytes of another row. */
  open(sealed: Uint8Array, row: SealedRow): string;
  /** What the first byte of everything that is sealed from now on says, and what it says of texts that old keys open. */
  readonly ids: { readonly current: number; readonly old: readonly number[] };
}

/**
 * The first key seals, all open: to rotate, put the new key first and keep the old ones while texts sealed with them are
 * stored. Each key is 32 bytes; throws `config` where it is not.
 */
export function createSeal(keys: readonly [Uint8Array, ...Uint8Array[]]): Seal {
  const ring = keys.map((key) => ({ key: createSecretKey(checked(key)), id: idOf(key) }));
  const current = ring[0]!;
  return {
    ids: { current: current.id, old: ring.slice(1).map(({ id }) => id) },
    seal(text, row) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv(ALGORITHM, current.key, nonce).setAAD(bindingOf(row));
      const sealed = cipher.update(text.toWellFormed(), 'utf8');
      return Buffer.concat([Uint8Array.of(current.id), nonce, sealed, cipher.final(), cipher.getAuthTag()]);
    },
    open(sealed, row) {
      for (const { key, id } of ring) {
        const text = sealed[0] === id ? tryOpen(key, sealed, row) : null;
        if (text !== null) return text;
      }
      const what = 'message' in row ? `text of message ${row.message}` : `installation ${row.installation}`;
      throw new EvenkeelError('config', `The stored ${what} does not open with the given key`, {
        hint:
          'Give the key that it was stored with beside the present one: EVENKEEL_OLD_KEYS, or the file `old-keys` in the ' +
          'data folder. `evenkeel keys show` says how much is stored under which key.',
      });
    },
  };
}

function tryOpen(key: KeyObject, sealed: Uint8Array, row: SealedRow): string | null {
  try {
    const decipher = createDecipheriv(ALGORITHM, key, sealed.subarray(1, 1 + NONCE_BYTES))
      .setAAD(bindingOf(row))
      .setAuthTag(sealed.subarray(-TAG_BYTES));
    const body = decipher.update(sealed.subarray(1 + NONCE_BYTES, -TAG_BYTES));
    return Buffer.concat([body, decipher.final()]).toString('utf8');
  } catch {
    return null;
  }
}

/** One byte of the key's hash, so that a text names its key and no one has to number keys. */
function idOf(key: Uint8Array): number {
  return createHash('sha256').update(key).digest()[0] ?? 0;
}

function bindingOf(row: SealedRow): Buffer {
  const parts = 'message' in row ? [row.channel, row.message, row.revision] : ['installation', row.installation];
  return Buffer.from(JSON.stringify(parts), 'utf8');
}

function checked(key: Uint8Array): Uint8Array {
  if (key.length === KEY_BYTES) return key;
  throw new EvenkeelError('config', `A key of ${key.length} bytes cannot seal texts`, {
    hint: `Give a key of ${KEY_BYTES} bytes, for example from \`openssl rand -hex ${KEY_BYTES}\`.`,
  });
}
