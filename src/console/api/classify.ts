import { DEFAULT_THRESHOLD } from '../../domain/policy.ts';
import type { HttpRoute } from '../../runtime/http-route.ts';
import { BadRequest, textsRoute } from './answer-texts.ts';
import type { Api } from './answer-texts.ts';
import { openApiDocument } from './openapi-document.ts';

/** `POST /v1/classify` and the document that describes it. Nothing of a request is stored or logged. */
export function classifyRoutes(api: Api): HttpRoute[] {
  return [
    textsRoute(api, '/v1/classify', textsOf, (verdicts) =>
      Response.json({
        model: api.model,
        results: verdicts.map(({ score, language, adapter, adapterVersion, reason }) => ({
          score,
          polarized: score >= DEFAULT_THRESHOLD,
          language,
          adapter,
          adapter_version: adapterVersion,
          reason,
        })),
      }),
    ),
    {
      method: 'GET',
      path: '/v1/openapi.json',
      ownAccess: true,
      handler: () => Response.json(openApiDocument()),
    },
  ];
}

function textsOf(body: unknown): { texts: readonly string[]; rest: null } {
  const texts = typeof body === 'object' && body !== null && 'texts' in body ? body.texts : undefined;
  if (!Array.isArray(texts) || !texts.every((text) => typeof text === 'string')) {
    throw new BadRequest('Send {"texts": ["…", "…"]}.');
  }
  return { texts, rest: null };
}
