import type { Sessions } from '../../src/console/operator-access.ts';
import type { Grant } from '../../src/domain/sign-in.ts';

/** Sign-ins in memory, of a server that serves every community; that the database keeps them is tested beside the store. */
export function memorySessions(now: () => number = Date.now) {
  const kept = new Map<string, { expiresAt: Date; grants: readonly Grant[] | null }>();
  const nameOf = (hash: Uint8Array): string => Buffer.from(hash).toString('hex');
  const sessions: Sessions = {
    add({ hash, expiresAt, grants }) {
      kept.set(nameOf(hash), { expiresAt, grants });
      return Promise.resolve(grants ?? []);
    },
    find(hash) {
      const found = kept.get(nameOf(hash));
      return Promise.resolve(found !== undefined && found.expiresAt.getTime() > now() ? found : null);
    },
    remove: (hash) => Promise.resolve(void kept.delete(nameOf(hash))),
  };
  return { ...sessions, kept };
}
