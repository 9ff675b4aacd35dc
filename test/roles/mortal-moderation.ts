import type { Moderation } from '../../src/connectors/moderation.ts';

/** What a killed process gets. */
export const dead = (): Promise<never> => Promise.reject(new Error('this process was killed'));

/** Moderation that a process which was killed cannot reach any more. */
export function mortalModeration(moderation: Moderation): { mortal: Moderation; kill: AbortController } {
  const kill = new AbortController();
  const mortal = Object.fromEntries(
    Object.entries(moderation).map(([name, call]) => [
      name,
      (...given: never[]) => (kill.signal.aborted ? dead() : (call as (...all: never[]) => unknown)(...given)),
    ]),
  );
  return { mortal: mortal as unknown as Moderation, kill };
}
