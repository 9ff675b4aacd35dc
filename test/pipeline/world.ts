import { randomBytes, randomUUID } from 'node:crypto';
import type { Card, CardSummary } from '../../src/domain/flag.ts';
import type { WeeklyReport } from '../../src/domain/lesson.ts';
import type { Message, MessageAddress } from '../../src/domain/message.ts';
import { NO_TEXT_VERDICT } from '../../src/domain/verdict.ts';
import type { Classify, Verdict } from '../../src/domain/verdict.ts';
import type { CardReference, Connector } from '../../src/connectors/connector.ts';
import { classifyMessages } from '../../src/pipeline/classify.ts';
import { openQueues } from '../../src/queue/queues.ts';
import type { Queues } from '../../src/queue/queues.ts';
import { createModeration } from '../../src/roles/moderation.ts';
import { showCards } from '../../src/roles/show-cards.ts';
import { SILENT } from '../../src/runtime/log.ts';
import { openDatabase } from '../../src/store/database.ts';
import type { Database } from '../../src/store/database.ts';
import { createSeal } from '../../src/store/seal.ts';
import type { Seal } from '../../src/store/seal.ts';
import type { TestDatabase } from '../database.ts';

/** The whole loop on a database of its own, with a classifier that reads the score off the post. */
export interface World {
  database: Database;
  queues: Queues;
  seal: Seal;
  moderation: ReturnType<typeof createModeration>;
  board: Board;
  /** Starts the workers; until then jobs wait. */
  start(): Promise<void>;
  /** Resolves once every verdict is given and every card drawn. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

/** A platform that shows its cards to the test. */
export interface Board extends Pick<Connector, 'platform' | 'show' | 'showSummary'> {
  /** Weekly reports by their id, as last drawn. */
  reports: Map<string, WeeklyReport>;
  showReport: NonNullable<Connector['showReport']>;
  /** Summaries by their id, as last drawn. */
  summaries: Map<string, CardSummary>;
  /** Cards by reference, as last drawn. */
  cards: Map<string, Card>;
  /** How often each flag was drawn anew rather than redrawn. */
  posted: Map<string, number>;
}

export async function openWorld(
  create: () => Promise<TestDatabase>,
  {
    classify = readScores,
    waiting = false,
    random,
    key = randomBytes(32),
  }: { classify?: Classify; waiting?: boolean; random?: () => number; key?: Uint8Array } = {},
): Promise<World> {
  const { address: where, drop } = await create();
  const database = await openDatabase(where);
  const queues = await openQueues(database, SILENT);
  const seal = createSeal([key]);
  const board = createBoard();
  const parts = { database, queues, seal };
  const world: World = {
    ...parts,
    moderation: createModeration({ ...parts, classify }),
    board,
    async start() {
      await queues.startWorker({
        queue: 'messages',
        batchSize: 16,
        concurrency: 2,
        handler: (jobs) => classifyMessages({ ...parts, classify, random }, jobs),
      });
      await queues.startWorker({
        queue: 'cards-local',
        batchSize: 16,
        handler: (jobs) => showCards({ ...parts, connector: board }, jobs),
      });
    },
    settle: () => queues.drained('messages', 'cards-local'),
    async close() {
      await queues.close();
      await database.close();
      await drop();
    },
  };
  if (!waiting) await world.start();
  return world;
}

function createBoard(): Board {
  const cards = new Map<string, Card>();
  const posted = new Map<string, number>();
  const summaries = new Map<string, CardSummary>();
  const reports = new Map<string, WeeklyReport>();
  return {
    reports,
    showReport(report) {
      reports.set(report.id, report);
      return Promise.resolve({ report: report.id });
    },
    summaries,
    showSummary(summary, reference) {
      summaries.set(summary.id, summary);
      posted.set(summary.id, (posted.get(summary.id) ?? 0) + (reference === null ? 1 : 0));
      return Promise.resolve({ summary: summary.id });
    },
    platform: 'local',
    cards,
    posted,
    show(card, reference) {
      const place: CardReference = reference ?? { place: randomUUID() };
      if (reference === null) posted.set(card.flag, (posted.get(card.flag) ?? 0) + 1);
      cards.set(place['place']!, card);
      return Promise.resolve(place);
    },
  };
}

/** `es: any words 73%` is Spanish and scores 0.73. */
export const readScores: Classify = (texts) => Promise.resolve(texts.map(readScore));

function readScore(text: string): Verdict {
  if (text.trim() === '') return NO_TEXT_VERDICT;
  const language = /^([a-z]{2}):/.exec(text)?.[1] ?? 'en';
  const score = Number(/(\d+)%/.exec(text)?.[1] ?? 0) / 100;
  return { score, language, adapter: language, adapterVersion: 'abcdef012345', reason: 'language' };
}

export const COMMUNITY = { platform: 'local', community: 'town' } as const;

export function address(message: string, where: Partial<MessageAddress> = {}): MessageAddress {
  return { ...COMMUNITY, channel: 'square', message, ...where };
}

export function post(message: string, text: string, more: Partial<Message> = {}): Message {
  return {
    ...address(message, more),
    revision: 0,
    author: 'ann',
    text,
    postedAt: new Date('2026-11-01T12:00:00Z'),
    ...more,
  };
}
