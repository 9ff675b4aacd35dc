import { DEFAULT_THRESHOLD } from '../../domain/policy.ts';
import type { Verdict } from '../../domain/verdict.ts';
import type { HttpRoute } from '../../runtime/http-route.ts';
import { BadRequest, textsRoute } from './answer-texts.ts';
import type { Api } from './answer-texts.ts';
import { apiError } from './api-error.ts';

/** The model's name in the protocol. */
const MODEL = 'evenkeel';
const INPUT = 'text';
/** Of the outputs below, for clients that ask. */
const VERSION = '1';

interface Output {
  name: string;
  datatype: 'FP32' | 'BOOL' | 'BYTES';
  of: (verdict: Verdict) => number | boolean | string;
}

/** Each of shape [texts]. */
const OUTPUTS: readonly Output[] = [
  { name: 'score', datatype: 'FP32', of: ({ score }) => score },
  { name: 'polarized', datatype: 'BOOL', of: ({ score }) => score >= DEFAULT_THRESHOLD },
  { name: 'language', datatype: 'BYTES', of: ({ language }) => language },
  { name: 'adapter', datatype: 'BYTES', of: ({ adapter }) => adapter },
  { name: 'adapter_version', datatype: 'BYTES', of: ({ adapterVersion }) => adapterVersion },
];

interface Asked {
  id: string | undefined;
  outputs: readonly Output[];
}

/**
 * The Open Inference Protocol, version 2, over HTTP (kserve/open-inference-protocol, specification/protocol/
 * inference_rest.md), so that clients of Triton or KServe fit: one model, one input of texts.
 */
export function inferenceProtocolRoutes(api: Api): HttpRoute[] {
  const open = (path: string, answer: () => unknown): HttpRoute => ({
    method: 'GET',
    path,
    ownAccess: true,
    handler: (_request, { params }) => (isOurs(params) ? Response.json(answer()) : unknownModel()),
  });
  const infer = textsRoute(api, '/v2/models/:model/infer', read, (verdicts, { id, outputs }) =>
    Response.json({
      model_name: MODEL,
      ...(id !== undefined && { id }),
      outputs: outputs.map(({ name, datatype, of }) => ({
        name,
        datatype,
        shape: [verdicts.length],
        data: verdicts.map(of),
      })),
    }),
  );
  return [
    open('/v2', () => ({ name: 'evenkeel', version: VERSION, extensions: [] })),
    open('/v2/health/live', () => ({ live: true })),
    open('/v2/health/ready', () => ({ ready: true })),
    open('/v2/models/:model/ready', () => ({ name: MODEL, ready: true })),
    open('/v2/models/:model', () => ({
      name: MODEL,
      versions: [...api.adapters()].map(([name, of]) => `${name}-${of}`),
      platform: 'onnxruntime_onnx',
      inputs: [{ name: INPUT, datatype: 'BYTES', shape: [-1] }],
      outputs: OUTPUTS.map(({ name, datatype }) => ({ name, datatype, shape: [-1] })),
    })),
    {
      ...infer,
      handler: (request, context) => (isOurs(context.params) ? infer.handler(request, context) : unknownModel()),
    },
  ];
}

function isOurs({ model }: Readonly<Record<string, string>>): boolean {
  return model === undefined || model === MODEL;
}

function read(body: unknown): { texts: readonly string[]; rest: Asked } {
  const { id, inputs, outputs } = (typeof body === 'object' && body !== null ? body : {}) as Record<string, unknown>;
  if (id !== undefined && typeof id !== 'string') throw new BadRequest('`id` is a string.');
  if (!Array.isArray(inputs) || inputs.length !== 1) throw new BadRequest(`Send one input, named ${INPUT}.`);
  const { name, datatype, shape, data } = (inputs[0] ?? {}) as Record<string, unknown>;
  if (name !== INPUT || datatype !== 'BYTES') throw new BadRequest(`The input is ${INPUT}, of datatype BYTES.`);
  // The specification lets a tensor come nested or flat, row by row.
  const texts = Array.isArray(data) ? (data.flat() as unknown[]) : null;
  if (texts === null || !texts.every((text) => typeof text === 'string')) {
    throw new BadRequest('The data of the input are strings.');
  }
  const size = Array.isArray(shape) ? shape.reduce((product: number, each) => product * Number(each), 1) : Number.NaN;
  if (size !== texts.length) throw new BadRequest(`The shape holds ${size} texts, the data ${texts.length}.`);
  return { texts, rest: { id, outputs: outputsOf(outputs) } };
}

function outputsOf(given: unknown): readonly Output[] {
  if (given === undefined) return OUTPUTS;
  if (!Array.isArray(given)) throw new BadRequest('`outputs` is a list.');
  return given.map((each) => {
    const name = (each as { name?: unknown } | null)?.name;
    const output = OUTPUTS.find((known) => known.name === name);
    if (output === undefined) throw new BadRequest(`There is no output ${JSON.stringify(name)}.`);
    return output;
  });
}

function unknownModel(): Response {
  return apiError(404, `There is one model here: ${MODEL}.`);
}
