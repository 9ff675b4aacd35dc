import { randomBytes } from 'node:crypto';
import { createLocalConnector, LOCAL_PAGE } from '../../src/connectors/local/connector.ts';
import type { LocalConnector } from '../../src/connectors/local/connector.ts';
import { createConsole } from '../../src/console/server.ts';
import type { Classify, Verdict } from '../../src/domain/verdict.ts';
import { openQueues } from '../../src/queue/queues.ts';
import { runClassifier } from '../../src/roles/classifier.ts';
import { runConnector } from '../../src/roles/connector.ts';
import { createModeration } from '../../src/roles/moderation.ts';
import { SILENT } from '../../src/runtime/log.ts';
import { ServiceStack } from '../../src/runtime/service.ts';
import { openDatabase } from '../../src/store/database.ts';
import type { DatabaseAddress } from '../../src/store/database.ts';
import { createSeal } from '../../src/store/seal.ts';

/** How a word decides a score: enough of a classifier to know what will be flagged. */
const SCORES: readonly [RegExp, number][] = [
  [/enem|fascist|feinde|traditore/i, 0.94],
  [/fanatics|ideologen/i, 0.81],
  [/furious/i, 0.58],
];

const byWords: Classify = (texts) => Promise.resolve(texts.map(verdictOf));

function verdictOf(text: string): Verdict {
  const score = SCORES.find(([words]) => words.test(text))?.[1] ?? 0.1;
  const spanish = /\b(los|esa|gente)\b/i.test(text);
  return spanish
    ? { score, language: 'es', adapter: 'multi', adapterVersion: '3fa2c19b04de', reason: 'shared' }
    : { score, language: 'en', adapter: 'en', adapterVersion: '77aa2b19c4d3', reason: 'language' };
}

export interface LocalCommunity {
  url: string;
  chat: LocalConnector;
  /** The page's server alone, as when a machine sleeps or a proxy restarts. */
  stopConsole(): Promise<void>;
  /** On the same port. */
  startConsole(): Promise<void>;
  stop(): Promise<void>;
}

/** Everything that `evenkeel start` runs but the model, in this process. */
export async function openLocalCommunity(address: DatabaseAddress): Promise<LocalCommunity> {
  const stack = new ServiceStack(SILENT);
  const database = await stack.use(
    'database',
    () => openDatabase(address),
    (opened) => opened.close(),
  );
  const queues = await stack.use(
    'queues',
    () => openQueues(database, SILENT),
    (opened) => opened.close(),
  );
  const foundation = { database, queues, seal: createSeal([randomBytes(32)]) };
  const moderation = createModeration({ ...foundation, classify: byWords });
  const chat = createLocalConnector({ moderation, samplePaceMs: 1 });
  await runClassifier(stack, foundation, { classify: byWords });
  await runConnector(stack, foundation, chat);

  const consoleOn = (port: number) => createConsole({ port, routes: chat.routes, page: LOCAL_PAGE });
  let server = consoleOn(0);
  await server.start();
  const { url } = server;
  return {
    url,
    chat,
    stopConsole: () => server.stop(),
    async startConsole() {
      server = consoleOn(Number(new URL(url).port));
      await server.start();
    },
    async stop() {
      await server.stop();
      await stack.stop();
    },
  };
}
