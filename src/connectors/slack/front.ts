import type { App } from '@slack/bolt';
import type { Finding } from '../../domain/finding.ts';
import type { CommunityAddress } from '../../domain/message.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Connector } from '../connector.ts';
import type { Moderation } from '../moderation.ts';
import { Access } from './access.ts';
import { CardBoard } from './card-board.ts';
import { Desk } from './desk.ts';
import { examine } from './examine.ts';
import { createGuardedFetch } from './guarded-fetch.ts';
import { patiently } from './patience.ts';
import { People } from './people.ts';
import { createPostOnce } from './post-once.ts';
import { readBefore, readPost } from './posts.ts';
import { Speech } from './speech.ts';
import type { Workspaces } from './workspaces.ts';

export interface FrontOptions {
  moderation: Moderation;
  workspaces: Workspaces;
  apiUrl: string;
  log: Logger;
  signal: AbortSignal;
}

/** Everything of the app that people see: cards, and the answers to whatever they ask of it. */
export interface Front extends Required<Pick<Connector, 'show' | 'showSummary' | 'showReport'>> {
  /** Answers what the app hears. */
  listen(app: App): void;
  examine(community: CommunityAddress): Promise<Finding[]>;
  /** Resolves once everyone has their answer. */
  idle(): Promise<void>;
}

export function createFront({ moderation, workspaces, apiUrl, log, signal }: FrontOptions): Front {
  const people = new People();
  const speech = new Speech(moderation, people);
  const own = { workspaces, log, signal };
  const examineHere = async (community: CommunityAddress): Promise<Finding[]> => {
    const { reviewChannel } = await moderation.settings(community);
    return examine(await workspaces.client(community.community), reviewChannel);
  };
  const board = new CardBoard({
    moderation,
    workspaces,
    speech,
    postOnce: createPostOnce({ signal, log }),
    patiently: (call) => patiently(call, { signal, log }),
  });
  const desk = new Desk(
    {
      moderation,
      workspaces,
      access: new Access(moderation, people),
      speech,
      fetch: createGuardedFetch(apiUrl),
      readPost: (community, place) => readPost(own, community, place),
      readBefore: (community, place) => readBefore(own, community, place),
      examine: examineHere,
    },
    log,
  );
  return {
    listen: (app) => desk.listen(app),
    show: (card, reference, first) => board.show(card, reference, first),
    showSummary: (summary, reference) => board.showSummary(summary, reference),
    showReport: (report, reference) => board.showReport(report, reference),
    examine: examineHere,
    idle: () => desk.idle(),
  };
}
