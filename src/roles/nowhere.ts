import type { Connector } from '../connectors/connector.ts';

/** A platform that keeps no card anywhere but remembers that it was asked to. */
export const NOWHERE: Connector = {
  platform: 'local',
  start: async () => {},
  stop: async () => {},
  show: async ({ flag }) => ({ flag }),
  showSummary: async ({ id }) => ({ id }),
};
