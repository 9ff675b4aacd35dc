import fc from 'fast-check';
import { createLogger } from '../../src/runtime/log.ts';
import type { Logger } from '../../src/runtime/log.ts';

/** What people write holds this in every fuzzed input, and nothing else does: a log that has it has leaked. */
export const SECRET_WORDS = 'zq-words-of-a-person';

/** Inputs of a property: a few hundred, EVENKEEL_FUZZ of them on demand. */
export const RUNS = Number(process.env['EVENKEEL_FUZZ'] ?? 300);
/** On demand it takes as long as it takes. */
export const LONG = Math.max(60_000, RUNS * 60);

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const leaf: fc.Arbitrary<Json> = fc.oneof(
  fc.constantFrom<Json>(
    null,
    true,
    false,
    0,
    -1,
    1.5,
    Number.MAX_SAFE_INTEGER,
    '',
    '0',
    'NaN',
    '__proto__',
    '\0',
    '\uD800',
  ),
  fc.constantFrom<Json>([], {}, [null], [[]], { toString: 1 }, { length: -1 }, { id: {} }),
  fc.string({ maxLength: 20 }),
  fc.string({ unit: 'binary', maxLength: 20 }).map((text) => `${SECRET_WORDS} ${text}`),
  fc.integer(),
  fc.jsonValue({ maxDepth: 3 }) as fc.Arbitrary<Json>,
);

/** A payload as a platform sends it, with some of its parts taken away, doubled or replaced by anything. */
export function malformed(valid: Json): fc.Arbitrary<Json> {
  const change = fc.record({ at: fc.nat(), how: fc.constantFrom('replace', 'remove', 'wrap', 'long'), value: leaf });
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => {
    const copy = structuredClone(valid);
    let root: Json = copy;
    for (const { at, how, value } of changes) {
      const places = placesIn(root);
      const place = places[at % Math.max(1, places.length)];
      if (place === undefined) return value;
      const { holder, key } = place;
      const before = (holder as Record<string, Json>)[key]!;
      if (how === 'remove') Reflect.deleteProperty(holder, key);
      else if (how === 'replace') (holder as Record<string, Json>)[key] = structuredClone(value);
      else if (how === 'wrap') (holder as Record<string, Json>)[key] = [before];
      else (holder as Record<string, Json>)[key] = `${SECRET_WORDS}${'x'.repeat(5000)}`;
      root = copy;
    }
    return copy;
  });
}

function placesIn(value: Json): { holder: object; key: string }[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => [{ holder: value, key }, ...placesIn(each)]);
}

/** A log that keeps all of its lines, stacks included. */
export function keptLog(): { log: Logger; lines: string[] } {
  const lines: string[] = [];
  return { log: createLogger({ level: 'debug', format: 'json', write: (line) => lines.push(line) }), lines };
}

/** Lines of a log that hold what no log may. */
export function leaks(lines: readonly string[], secrets: readonly string[]): string[] {
  return lines.filter((line) => [SECRET_WORDS, ...secrets].some((secret) => line.includes(secret)));
}
