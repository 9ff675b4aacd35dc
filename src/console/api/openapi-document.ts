import { MOST_CHARACTERS, MOST_TEXTS } from './answer-texts.ts';

const error = (description: string, headers: Record<string, unknown> = {}): Record<string, unknown> => ({
  description,
  headers,
  content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } },
});
const retryAfter = { 'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } } };

/** `POST /v1/classify` as an OpenAPI 3.1 document. */
export function openApiDocument(): Record<string, unknown> {
  return {
    openapi: '3.1.0',
    info: {
      title: 'Evenkeel',
      version: '1',
      description: 'Says how polarized texts are: hostility, or blind support, along group lines. Stores none of them.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: '/' }],
    security: [{ key: [] }],
    paths: {
      '/v1/classify': {
        post: {
          operationId: 'classify',
          summary: 'Classifies texts, in order',
          requestBody: {
            required: true,
            content: { 'application/json': { schema: { $ref: '#/components/schemas/Texts' } } },
          },
          responses: {
            200: {
              description: 'A result for each text, in their order.',
              content: { 'application/json': { schema: { $ref: '#/components/schemas/Results' } } },
            },
            400: error('The request is not what it should be; the sentence says what.'),
            401: error('No key, or none that is known.'),
            403: error('The key is not for this.'),
            413: error('Too long, or more texts than the key may send in a minute.'),
            415: error('The content type is not application/json.'),
            429: error('The key has had its texts of this minute.', retryAfter),
            500: error('A fault of the server; its log has the request’s number.'),
            503: error('The model is busy.', retryAfter),
          },
        },
      },
    },
    components: {
      securitySchemes: {
        key: { type: 'http', scheme: 'bearer', description: '`evenkeel api-keys create` makes one.' },
      },
      schemas: {
        Texts: {
          type: 'object',
          required: ['texts'],
          properties: {
            texts: {
              type: 'array',
              minItems: 1,
              maxItems: MOST_TEXTS,
              items: { type: 'string', maxLength: MOST_CHARACTERS },
            },
          },
        },
        Results: {
          type: 'object',
          required: ['model', 'results'],
          properties: {
            model: { type: 'string', description: 'The base.' },
            results: { type: 'array', items: { $ref: '#/components/schemas/Result' } },
          },
        },
        Result: {
          type: 'object',
          required: ['score', 'polarized', 'language', 'adapter', 'adapter_version', 'reason'],
          properties: {
            score: { type: 'number', minimum: 0, maximum: 1, description: 'Probability that the text is polarized.' },
            polarized: { type: 'boolean', description: 'Whether the score is one half or more.' },
            language: { type: 'string', description: 'ISO 639-1, or `und` where it could not be told.' },
            adapter: {
              type: 'string',
              description: 'The adapter that answered; `none` where there was nothing to read.',
            },
            adapter_version: { type: 'string' },
            reason: { type: 'string', enum: ['language', 'shared', 'uncertain', 'no-text'] },
          },
        },
        Error: {
          type: 'object',
          required: ['error'],
          properties: { error: { type: 'string' }, request: { type: 'string', format: 'uuid' } },
        },
      },
    },
  };
}
