import { randomBytes } from 'node:crypto';
import type { Moderation } from '../../src/connectors/moderation.ts';
import type { SlackConnectorOptions } from '../../src/connectors/slack/connector.ts';
import type { Card } from '../../src/domain/flag.ts';
import type { CommunityAddress } from '../../src/domain/message.ts';
import type { Classify } from '../../src/domain/verdict.ts';
import { openQueues } from '../../src/queue/queues.ts';
import { runClassifier } from '../../src/roles/classifier.ts';
import { runConnector } from '../../src/roles/connector.ts';
import { createModeration } from '../../src/roles/moderation.ts';
import { SILENT } from '../../src/runtime/log.ts';
import { ServiceStack } from '../../src/runtime/service.ts';
import { openDatabase } from '../../src/store/database.ts';
import type { Database } from '../../src/store/database.ts';
import { createSeal } from '../../src/store/seal.ts';
import { CATALOGS } from '../../src/words/words.ts';
import type { Json } from '../connectors/discord/server/json.ts';
import {
  openHome,
  pressInView,
  pressOnMessage,
  submitView,
  useCommand,
  useShortcut,
} from '../connectors/slack/server/actions.ts';
import type { Given } from '../connectors/slack/server/actions.ts';
import type { Asked, SlackView } from '../connectors/slack/server/desk.ts';
import type { SlackChannel, SlackMessage, SlackUser } from '../connectors/slack/server/world.ts';
import { openSlackTown, until } from '../connectors/slack/town.ts';
import type { SlackMode, SlackTown } from '../connectors/slack/town.ts';
import type { TestDatabase } from '../database.ts';
import { readScores } from '../pipeline/world.ts';
import { dead, mortalModeration } from './mortal-moderation.ts';

/** A workspace with the whole of Evenkeel behind its app but the model, unless one is given: the score is read off each post (`rude 90%`). */
export interface SlackCommunity extends SlackTown {
  address: CommunityAddress;
  moderation: Moderation;
  database: Database;
  /** Resolves once every verdict is given and every card drawn. */
  settle(): Promise<void>;
  /** Posts and waits for the card of it. */
  flag(text: string, more?: { user?: SlackUser; channel?: SlackChannel; thread?: string }): Promise<Flagged>;
  cards(): SlackMessage[];
  cardAt(ts: string): SlackMessage;
  case(flag: string): Promise<Card>;
  /** What follows `/keel`. */
  command(user: SlackUser, line: string, channel?: SlackChannel): Asked;
  menu(user: SlackUser, callbackId: string, post: SlackMessage, channel?: SlackChannel): Asked;
  /** A button of the card in the review channel, by its name or words. */
  click(user: SlackUser, card: SlackMessage, wanted: string): Asked;
  /** A button of an answer that only this person sees. */
  clickPrivate(user: SlackUser, answer: Json, wanted: string): Asked;
  clickView(user: SlackUser, view: SlackView, wanted: string): Asked;
  submit(user: SlackUser, view: SlackView, values: Record<string, Given>): Asked;
  home(user: SlackUser): Promise<SlackView>;
  /** Ends the bot as a kill does: what it had not stored by now is never stored. */
  kill(): Promise<void>;
  /** Another bot in its place. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export interface Flagged {
  post: SlackMessage;
  card: SlackMessage;
  flag: string;
}

export async function openSlackCommunity(
  create: () => Promise<TestDatabase>,
  mode: SlackMode = 'socket',
  {
    more = () => ({}),
    classify = readScores,
  }: { more?: (town: SlackTown) => Partial<SlackConnectorOptions>; classify?: Classify } = {},
): Promise<SlackCommunity> {
  const town = await openSlackTown(mode);
  const { server, team, general, review } = town;
  const { address: where, drop } = await create();
  const stack = new ServiceStack(SILENT);
  const database = await stack.use(
    'database',
    () => openDatabase(where),
    (opened) => opened.close(),
  );
  const queues = await stack.use(
    'queues',
    () => openQueues(database, SILENT),
    (opened) => opened.close(),
  );
  const foundation = { database, queues, seal: createSeal([randomBytes(32)]) };
  const moderation = createModeration({ ...foundation, classify });
  const address = { platform: 'slack', community: team.id } as const;
  await moderation.changeSettings(address, { reviewChannel: review.id, mode: 'review', cardsPerHour: null }, 'test');
  await runClassifier(stack, foundation, { classify });
  let running = await runBot();

  async function runBot() {
    const own = new ServiceStack(SILENT);
    const { mortal, kill } = mortalModeration(moderation);
    const connector = town.connect(mortal, more(town));
    const shown = {
      ...connector,
      // Killed between the card and the note of where it is: the worst moment.
      show: async (...given: Parameters<typeof connector.show>) => {
        const reference = await connector.show(...given);
        return kill.signal.aborted ? dead() : reference;
      },
    };
    await runConnector(own, foundation, shown);
    return { own, kill };
  }
  const cards = (): SlackMessage[] => [...review.messages.values()].filter(({ bot_id: own }) => own !== undefined);

  return {
    ...town,
    address,
    moderation,
    database,
    settle: () => queues.drained('messages', 'cards-slack'),
    async flag(text, { user = town.member, channel = general, thread } = {}) {
      const before = cards().length;
      const post = server.world.post(team, channel, user, text, thread === undefined ? {} : { thread_ts: thread });
      await until(() => cards().length > before);
      const card = cards().at(-1)!;
      const [, flag = ''] = /"value":"([0-9a-f-]{36})"/.exec(JSON.stringify(card.blocks)) ?? [];
      return { post, card, flag };
    },
    cards,
    cardAt: (ts) => review.messages.get(ts)!,
    case: async (flag) => (await moderation.case(address, flag))!,
    command: (user, line, channel = general) => useCommand(server, { team, user }, channel, `/keel ${line}`),
    menu: (user, callbackId, message, channel = general) =>
      useShortcut(server, { team, user }, { channel, message }, callbackId),
    click: (user, card, wanted) => pressOnMessage(server, { team, user }, { channel: review, message: card }, wanted),
    clickPrivate: (user, message, wanted) =>
      pressOnMessage(server, { team, user }, { channel: general, message, ephemeral: true }, wanted),
    clickView: (user, view, wanted) => pressInView(server, { team, user }, view, wanted),
    submit: (user, view, values) => submitView(server, { team, user }, view, values),
    async home(user) {
      const before = server.desk.homes.get(user.id)?.data['hash'];
      await openHome(server, { team, user });
      await until(() => (server.desk.homes.get(user.id)?.data['hash'] ?? before) !== before);
      return server.desk.homes.get(user.id)!;
    },
    async kill() {
      running.kill.abort();
      await running.own.stop();
    },
    async restart() {
      running = await runBot();
    },
    async stop() {
      await running.own.stop();
      await stack.stop();
      await drop();
      await town.close();
    },
  };
}

/** Every word in a message or view, in order. */
export function wordsOf(shown: { blocks?: unknown } | SlackView): string {
  const blocks = 'data' in shown ? shown.data['blocks'] : shown.blocks;
  const found = JSON.stringify(blocks ?? []).matchAll(/"text":"((?:[^"\\]|\\.)*)"/g);
  return [...found].map(([, text]) => JSON.parse(`"${text}"`) as string).join('\n');
}

/** What a modal comes to once it is more than a promise. */
export async function settledView(asked: Asked): Promise<SlackView> {
  const view = await asked.opened;
  const loading = new Set(Object.values(CATALOGS).map((each) => each['home.loading']));
  await until(() => !loading.has(wordsOf(view)));
  return view;
}

/** A token of an administrator's, as Slack gives it to an app that asks for `chat:write` in their name. */
export function lentToken({ server, team, admin }: SlackTown): string {
  const token = `xoxp-${admin.id}`;
  server.tokens.set(token, { kind: 'user', team, orgWide: false, user: admin.id, scopes: new Set(['chat:write']) });
  return token;
}
