import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openInput, readPostLines } from '../../src/commands/json-lines.ts';
import type { ReadLine } from '../../src/commands/json-lines.ts';

async function readAll(input: AsyncIterable<Uint8Array>): Promise<ReadLine[]> {
  const lines: ReadLine[] = [];
  for await (const piece of readPostLines(input, 'posts.jsonl')) lines.push(...piece);
  return lines;
}

async function* inPieces(bytes: Uint8Array, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  let start = 0;
  for (const end of ends) {
    yield bytes.subarray(start, end);
    start = end;
  }
}

const read = (text: string | Uint8Array): Promise<ReadLine[]> =>
  readAll(inPieces(typeof text === 'string' ? Buffer.from(text) : text, []));

describe('posts from JSON lines', () => {
  it('come out as they went in, wherever the input is cut', async () => {
    const post = fc.record({
      id: fc.oneof(fc.string({ minLength: 1 }), fc.integer()),
      text: fc.string({ unit: 'binary' }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(post), fc.array(fc.nat(10_000)), async (posts, cuts) => {
        const bytes = Buffer.from(posts.map((each) => `${JSON.stringify(each)}\n`).join(''));
        const lines = await readAll(inPieces(bytes, cuts));
        expect(lines).toEqual(posts.map((each, at) => ({ line: at + 1, post: each })));
      }),
      { seed: 1, numRuns: 50 },
    );
  });

  it.each([
    ['a last line without its end', '{"id":1,"text":"a"}\n{"id":2,"text":"b"}', [1, 2]],
    ['lines that end as on Windows', '{"id":1,"text":"a"}\r\n{"id":2,"text":"b"}\r\n', [1, 2]],
    ['a byte-order mark', '\uFEFF{"id":1,"text":"a"}\n', [1]],
    ['empty lines', '\n\n{"id":1,"text":"a"}\n   \n{"id":2,"text":"b"}\n\n', [1, 2]],
    ['line separators inside a text', '{"id":1,"text":"a\u2028b\u2029c\u0085d"}\n{"id":2,"text":"b"}\n', [1, 2]],
    ['nothing at all', '', []],
  ])('take %s', async (_what, text, ids) => {
    expect((await read(text)).map((line) => ('post' in line ? line.post.id : line.problem))).toEqual(ids);
  });

  it.each([
    ['{"id":1,"text":"cut o', 'it is not JSON'],
    ['[1,"a"]', 'it is not a JSON object'],
    ['null', 'it is not a JSON object'],
    ['{"text":"a"}', '"id" has to be a string or a number'],
    ['{"id":"","text":"a"}', '"id" has to be a string or a number'],
    ['{"id":1}', '"text" has to be a string'],
    ['{"id":1,"text":null}', '"text" has to be a string'],
  ])('name the line of %s, and the rest goes on', async (bad, problem) => {
    const lines = await read(`{"id":1,"text":"a"}\n\n${bad}\n{"id":2,"text":"b"}\n`);
    expect(lines).toEqual([
      { line: 1, post: { id: 1, text: 'a' } },
      { line: 3, problem },
      { line: 4, post: { id: 2, text: 'b' } },
    ]);
  });

  it('keep NUL and lone surrogates, and make bytes that are no text U+FFFD', async () => {
    const lines = await read(
      Buffer.concat([Buffer.from('{"id":1,"text":"\\u0000\\ud800'), Buffer.of(0xff), Buffer.from('"}\n')]),
    );
    expect(lines).toEqual([{ line: 1, post: { id: 1, text: '\0\ud800\ufffd' } }]);
  });

  it('are given as soon as their line is whole', async () => {
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
    async function* dialogue(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('{"id":1,"text":"a"}\n{"id":2,');
      await asked;
      yield Buffer.from('"text":"b"}\n');
    }
    const pieces = readPostLines(dialogue(), 'standard input');
    expect((await pieces.next()).value).toEqual([{ line: 1, post: { id: 1, text: 'a' } }]);
    ask();
    expect((await pieces.next()).value).toEqual([{ line: 2, post: { id: 2, text: 'b' } }]);
  });

  it('say which file cannot be read', async () => {
    const reading = readPostLines(openInput('/nowhere/posts.jsonl'), '/nowhere/posts.jsonl').next();
    await expect(reading).rejects.toMatchObject({
      code: 'input',
      message: expect.stringMatching(/^\/nowhere\/posts.jsonl cannot be read: ENOENT/),
    });
  });
});
