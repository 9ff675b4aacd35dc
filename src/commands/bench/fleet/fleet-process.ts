import { setTimeout as sleep } from 'node:timers/promises';
import { runClassifier } from '../../../roles/classifier.ts';
import { runConnector } from '../../../roles/connector.ts';
import { openFoundation } from '../../../roles/foundation.ts';
import { gatedModeration } from '../../../roles/intake-gate.ts';
import { createModeration } from '../../../roles/moderation.ts';
import { NOWHERE } from '../../../roles/nowhere.ts';
import { runProcess } from '../../../roles/process.ts';
import type { Classify, Verdict } from '../../../domain/verdict.ts';
import { loadConfig } from '../../../runtime/config.ts';
import { createLogger } from '../../../runtime/log.ts';
import { loadConsoleToken, loadKeys } from '../../../runtime/secrets.ts';
import { ServiceStack } from '../../../runtime/service.ts';
import { stopOnSignals } from '../../../runtime/signals.ts';
import { messagesOf } from '../../../queue/jobs.ts';
import type { MessagesJob } from '../../../queue/jobs.ts';
import type { Foundation } from '../../../roles/foundation.ts';
import { feedPosts } from './feeder.ts';
import { FLAGGED_MARK, REPORT } from './task.ts';
import type { Feed, FleetReport, FleetTask } from './task.ts';

/** Of how many messages the verdict's moment of one is kept. */
const SAMPLED = 16;

const VERDICT = { language: 'en', adapter: 'constant', adapterVersion: '000000000000', reason: 'language' } as const;

type Answer = Omit<FleetReport, 'rssBytes' | 'cpuSeconds'>;

/** A role of the fleet as `start --role` runs it, save that the platform is made up here and so is the model's answer. */
async function run(task: FleetTask): Promise<void> {
  const config = loadConfig({ ...process.env, DATABASE_URL: task.url }, { dataDir: task.dataDir, port: '0' });
  const log = createLogger({ ...config.log, level: 'warn' });
  const stack = new ServiceStack(log);
  const end = async (): Promise<void> => {
    await stack.stop();
    if (process.connected) process.disconnect();
  };
  stopOnSignals(end, log);
  const keys = loadKeys(process.env, task.dataDir);
  const consoleToken = () => loadConsoleToken(process.env, task.dataDir);
  let report = (): Answer => ({ done: 0, waiting: 0, feeding: false, seen: [] });
  let feed: (feed: Feed) => void = () => {};
  if (task.role === 'console') await runProcess(stack, { ...config, roles: ['console'] }, { keys, consoleToken }, log);
  else {
    const foundation = await openFoundation(stack, config, keys, log);
    if (task.role === 'classifier') report = await classifying(stack, foundation, task.serviceMs);
    else {
      const gate = { ...foundation, log, signal: stack.signal, mostSeconds: config.mostLagSeconds };
      const moderation = gatedModeration(createModeration({ ...foundation, classify: constant(0) }), gate);
      await runConnector(stack, foundation, NOWHERE);
      const feeder = feedPosts(moderation);
      ({ report, feed } = feeder);
    }
  }
  process.on('message', (asked: Feed | typeof REPORT) => {
    if (asked !== REPORT) feed(asked);
    process.send!(asked === REPORT ? { ...report(), ...resources() } : 'feeding');
  });
  // Its parent is gone: so is the reason to be here.
  process.on('disconnect', () => void end());
  process.send!('ready');
}

function resources(): Pick<FleetReport, 'rssBytes' | 'cpuSeconds'> {
  const { user, system } = process.cpuUsage();
  return { rssBytes: process.memoryUsage.rss(), cpuSeconds: (user + system) / 1e6 };
}

/** Runs the role on a classifier of constant verdict, and remembers when verdicts were committed. */
async function classifying(stack: ServiceStack, foundation: Foundation, serviceMs: number): Promise<() => Answer> {
  let done = 0;
  let seen: [number, number][] = [];
  const { queues } = foundation;
  const observed: typeof queues = {
    ...queues,
    startWorker: ({ handler, ...options }) =>
      queues.startWorker({
        ...options,
        async handler(payloads) {
          const failed = await handler(payloads);
          const at = Date.now();
          for (const payload of payloads) {
            if (!('messages' in payload) || !Array.isArray(payload.messages)) continue;
            for (const message of messagesOf(payload as MessagesJob))
              if (message % SAMPLED === 0) seen.push([message, at]);
          }
          return failed;
        },
      }),
  };
  const onClassified = (messages: number): void => void (done += messages);
  await runClassifier(stack, { ...foundation, queues: observed }, { classify: constant(serviceMs) }, { onClassified });
  return () => {
    const told = seen;
    seen = [];
    return { done, waiting: 0, feeding: false, seen: told };
  };
}

function constant(serviceMs: number): Classify {
  let free = Promise.resolve();
  const verdicts = (texts: readonly string[]): Verdict[] =>
    texts.map((text) => ({ ...VERDICT, score: text.startsWith(FLAGGED_MARK) ? 0.9 : 0.1 }));
  if (serviceMs === 0) return (texts) => Promise.resolve(verdicts(texts));
  return async (texts) => {
    free = free.then(() => sleep(serviceMs * texts.length));
    await free;
    return verdicts(texts);
  };
}

process.once('message', (task: FleetTask) => void run(task));
