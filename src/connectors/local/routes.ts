import { cardContent } from '../card-content.ts';
import { parseCommand } from '../command-grammar.ts';
import { ANSWERS } from '../../domain/label.ts';
import type { Answer } from '../../domain/label.ts';
import type { Card } from '../../domain/flag.ts';
import type { WeeklyReport } from '../../domain/lesson.ts';
import type { HttpContext, HttpRoute } from '../../runtime/http-route.ts';
import { LOCAL_COMMANDS, PAGE_WORDS } from './commands.ts';
import type { LocalCommand } from './commands.ts';
import { reportPage } from './report-page.ts';
import { RefusedError, RequestBody } from './request-body.ts';
import type { Post, Reply } from './wire.ts';

/** In UTF-16 units. */
const TEXT_LIMIT = 16_000;

/** What the chat can do, each in the order in which it was asked. Each may throw a `RefusedError`. */
export interface ChatActions {
  /** A stream of events that begins with a snapshot. */
  listen(signal: AbortSignal): Promise<Response>;
  post(post: Pick<Post, 'channel' | 'author' | 'text'>): Promise<Post>;
  edit(post: Pick<Post, 'id' | 'author' | 'text'>): Promise<Post>;
  remove(post: Pick<Post, 'id' | 'author'>): Promise<void>;
  label(flag: string, moderator: string, answer: Answer): Promise<Card>;
  /** Takes a moderator's own answer back. */
  undo(flag: string, moderator: string): Promise<Card>;
  command(command: LocalCommand, moderator: string, channel: string): Promise<Reply>;
  startSample(): void;
  /** What corrections changed, the latest first. */
  reports(): Promise<WeeklyReport[]>;
}

/** The local chat over HTTP: `/reports`, a page, and everything under `/api/local`, JSON in and out, `{"error": sentence}` where refused. */
export function localRoutes(chat: ChatActions): HttpRoute[] {
  const route = (
    method: HttpRoute['method'],
    path: string,
    answer: (body: RequestBody, context: HttpContext) => Promise<Response>,
  ): HttpRoute => ({
    method,
    path: `/api/local${path}`,
    handler: (request, context) => answering(async () => answer(await RequestBody.of(request), context)),
  });

  return [
    {
      method: 'GET',
      path: '/api/local/events',
      handler: (_request, { signal }) => answering(() => chat.listen(signal)),
    },
    {
      method: 'GET',
      path: '/reports',
      handler: async () =>
        new Response(reportPage(await chat.reports()), { headers: { 'content-type': 'text/html; charset=utf-8' } }),
    },
    route('POST', '/posts', async (body) => {
      const post = { channel: body.name('channel'), author: body.name('author'), text: body.text('text', TEXT_LIMIT) };
      return Response.json(await chat.post(post), { status: 201 });
    }),
    route('PUT', '/posts/:id', async (body, { params }) => {
      const edited = { id: params['id'] ?? '', author: body.name('author'), text: body.text('text', TEXT_LIMIT) };
      return Response.json(await chat.edit(edited));
    }),
    route('DELETE', '/posts/:id', async (body, { params }) => {
      await chat.remove({ id: params['id'] ?? '', author: body.name('author') });
      return new Response(null, { status: 204 });
    }),
    route('POST', '/labels', async (body) => {
      const card = await chat.label(body.text('flag', 36), body.name('moderator'), body.oneOf('answer', ANSWERS));
      return Response.json(cardContent(card, PAGE_WORDS));
    }),
    route('DELETE', '/labels/:flag', async (body, { params }) => {
      const card = await chat.undo(params['flag'] ?? '', body.name('moderator'));
      return Response.json(cardContent(card, PAGE_WORDS));
    }),
    route('POST', '/commands', async (body) => {
      const parsed = parseCommand(body.text('text', TEXT_LIMIT), PAGE_WORDS, LOCAL_COMMANDS);
      if ('error' in parsed) throw new RefusedError(400, parsed.error);
      return Response.json(
        await chat.command(parsed.command as LocalCommand, body.name('moderator'), body.name('channel')),
      );
    }),
    route('POST', '/sample', async () => {
      chat.startSample();
      return Response.json({}, { status: 202 });
    }),
  ];
}

async function answering(answer: () => Promise<Response>): Promise<Response> {
  try {
    return await answer();
  } catch (error) {
    if (error instanceof RefusedError) return Response.json({ error: error.message }, { status: error.status });
    throw error;
  }
}
