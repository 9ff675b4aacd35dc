import type { Classify, Verdict } from '../../domain/verdict.ts';
import type { HttpRoute } from '../../runtime/http-route.ts';
import type { ApiAccess } from './api-access.ts';
import { apiError } from './api-error.ts';

/** What one request may hold. */
export const MOST_TEXTS = 256;
export const MOST_CHARACTERS = 10_000;
const BODY_BYTES = 4 * 1024 * 1024;
/** How long the model may take, in ms: a client should hear that it is busy before its proxy cuts it off. */
const TIMEOUT_MS = 25_000;

export interface Api {
  /** Name of the base, as clients see it. */
  model: string;
  classify: Classify;
  /** The version of each adapter that is served, by name. */
  adapters: () => ReadonlyMap<string, string>;
  access: ApiAccess;
}

/** A route that takes JSON, reads texts of it, and answers with what `answer` makes of their verdicts. */
export function textsRoute<T>(
  { classify, access }: Api,
  path: string,
  /** Throws a sentence (`BadRequest`) where the body is not what it should be. */
  read: (body: unknown) => { texts: readonly string[]; rest: T },
  answer: (verdicts: readonly Verdict[], rest: T) => Response,
): HttpRoute {
  return {
    method: 'POST',
    path,
    ownAccess: true,
    bodyLimit: BODY_BYTES,
    async handler(request) {
      const authorization = request.headers.get('authorization');
      // Before the body is read: a stranger's is not worth it.
      const stranger = await access.refuse(authorization, 'classify', 0);
      if (stranger !== null) return stranger;
      let given: { texts: readonly string[]; rest: T };
      try {
        given = read(await bodyOf(request));
        check(given.texts);
      } catch (error) {
        if (error instanceof BadRequest) return apiError(400, error.message);
        throw error;
      }
      const refused = await access.refuse(authorization, 'classify', given.texts.length);
      if (refused !== null) return refused;
      const verdicts = await withinLimit(classify(given.texts));
      if (verdicts === null) return apiError(503, 'The model is busy. Try again.', { 'retry-after': '5' });
      return answer(verdicts, given.rest);
    },
  };
}

/** What is wrong with a request, for whoever sent it. */
export class BadRequest extends Error {
  override name = 'BadRequest';
}

async function bodyOf(request: Request): Promise<unknown> {
  const text = await request.text();
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new BadRequest('The body is no JSON.');
  }
}

function check(texts: readonly string[]): void {
  if (texts.length === 0) throw new BadRequest('There is no text to classify.');
  if (texts.length > MOST_TEXTS) throw new BadRequest(`Send at most ${MOST_TEXTS} texts at once.`);
  const long = texts.findIndex((text) => text.length > MOST_CHARACTERS);
  if (long >= 0) throw new BadRequest(`Text ${long} has more than ${MOST_CHARACTERS} characters.`);
}

/** Null once it has taken too long; what it comes to later is dropped. */
async function withinLimit<T>(work: Promise<T>): Promise<T | null> {
  const { promise: late, resolve } = Promise.withResolvers<null>();
  const timer = setTimeout(() => resolve(null), TIMEOUT_MS);
  work.catch(() => {});
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
