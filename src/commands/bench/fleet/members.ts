import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { converseInMessages } from '../conversation.ts';
import { REPORT } from './task.ts';
import type { Feed, FleetReport, FleetTask } from './task.ts';

/** A process of the fleet. */
export interface Member {
  readonly role: FleetTask['role'];
  feed(feed: Feed): Promise<void>;
  report(): Promise<FleetReport>;
  stop(): Promise<void>;
}

const HINT = 'Its own words are above. Check that the database takes some 60 connections and stays reachable.';

/** Starts a process of the fleet; resolves once it works. */
export async function startMember(task: FleetTask): Promise<Member> {
  const file = new URL('./fleet-process.ts', import.meta.url);
  if (import.meta.url.endsWith('.js')) file.pathname = file.pathname.replace(/\.ts$/, '.js');
  const { ask, stop } = converseInMessages(fork(fileURLToPath(file)), `The ${task.role}`, HINT);
  await ask(task);
  return {
    role: task.role,
    feed: async (feed) => void (await ask(feed)),
    report: async () => (await ask(REPORT)) as FleetReport,
    stop,
  };
}
