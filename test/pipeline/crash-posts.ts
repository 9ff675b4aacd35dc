import type { Connector } from '../../src/connectors/connector.ts';
import type { Message } from '../../src/domain/message.ts';
import type { Classify } from '../../src/domain/verdict.ts';
import { post, readScores } from './world.ts';

/** The same in the process that is killed and in the one that finds what it left. */
export const KEY = new Uint8Array(32).fill(7);

/** Every other one is flagged. */
export const crashPosts: Message[] = Array.from({ length: 300 }, (_, index) =>
  post(`m${index}`, index % 2 === 0 ? 'hot 90%' : 'calm 10%'),
);

export const score: Classify = readScores;

/** A platform that knows a card by its flag, as one does that a connector can search. */
export const PLATFORM: Pick<Connector, 'platform' | 'show' | 'showSummary'> = {
  platform: 'local',
  show: ({ flag }) => Promise.resolve({ flag }),
  showSummary: ({ id }) => Promise.resolve({ id }),
};
