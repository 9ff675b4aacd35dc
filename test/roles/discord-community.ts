import { randomBytes } from 'node:crypto';
import { ApplicationCommandType, ComponentType, InteractionType } from 'discord.js';
import type { APIMessage, APIUser } from 'discord.js';
import type { Moderation } from '../../src/connectors/moderation.ts';
import type { Card } from '../../src/domain/flag.ts';
import type { CommunityAddress } from '../../src/domain/message.ts';
import { openQueues } from '../../src/queue/queues.ts';
import { runClassifier } from '../../src/roles/classifier.ts';
import { runConnector } from '../../src/roles/connector.ts';
import { createModeration } from '../../src/roles/moderation.ts';
import { SILENT } from '../../src/runtime/log.ts';
import { ServiceStack } from '../../src/runtime/service.ts';
import { openDatabase } from '../../src/store/database.ts';
import type { Database } from '../../src/store/database.ts';
import { createSeal } from '../../src/store/seal.ts';
import { buttonOf, cardsIn } from '../connectors/discord/read.ts';
import type { Asked } from '../connectors/discord/server/interaction-desk.ts';
import { openTown } from '../connectors/discord/town.ts';
import type { Town } from '../connectors/discord/town.ts';
import type { TestDatabase } from '../database.ts';
import { readScores } from '../pipeline/world.ts';
import { dead, mortalModeration } from './mortal-moderation.ts';

type Options = Record<string, string | number | boolean>;

/** A guild with the whole of Evenkeel behind its bot but the model: the score is read off each post (`rude 90%`). */
export interface DiscordCommunity extends Town {
  address: CommunityAddress;
  moderation: Moderation;
  database: Database;
  /** Resolves once every verdict is given and every card drawn. */
  settle(): Promise<void>;
  /** Posts and waits for the card of it. */
  flag(text: string): Promise<{ post: APIMessage; card: APIMessage; flag: string }>;
  cardAt(id: string): APIMessage;
  case(flag: string): Promise<Card>;
  /** `keel-mod ignore add`; resolves with what the person sees. */
  command(user: APIUser, line: string, options?: Options): Promise<APIMessage>;
  complete(user: APIUser, line: string, option: string, typed: string): Promise<{ value: string; name: string }[]>;
  menu(user: APIUser, name: string, post: APIMessage): Asked;
  click(user: APIUser, message: APIMessage, wanted: string, values?: string[]): Asked;
  /** Fills in the form that was opened with these values by name. */
  fill(user: APIUser, form: Asked, values: Record<string, string | string[]>): Promise<Asked>;
  /** Ends the bot as a kill does: what it had not stored by now is never stored, and nobody says goodbye. */
  kill(): Promise<void>;
  /** Another bot in its place. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

export async function openDiscordCommunity(
  create: () => Promise<TestDatabase>,
  more: Parameters<typeof openTown>[0] = {},
): Promise<DiscordCommunity> {
  const town = await openTown(more);
  const { server, guild, general, review } = town;
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
  const moderation = createModeration({ ...foundation, classify: readScores });
  const address = { platform: 'discord', community: guild.id } as const;
  await moderation.changeSettings(address, { reviewChannel: review.id, mode: 'review', cardsPerHour: null }, 'test');
  await runClassifier(stack, foundation, { classify: readScores });
  let bot = await runBot();

  async function runBot() {
    const own = new ServiceStack(SILENT);
    const { mortal, kill } = mortalModeration(moderation);
    const connector = town.connect(mortal);
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

  const ask = (type: InteractionType, user: APIUser, data: Record<string, unknown>, message?: APIMessage): Asked =>
    server.interact(type, guild, review, user.id, data, { message });
  const settle = () => queues.drained('messages', 'cards-discord');
  const commandData = (line: string, options: unknown[]): Record<string, unknown> => {
    const [name = '', ...path] = line.split(' ');
    const types = path.length === 2 ? [2, 1] : [1];
    const nested = path.reduceRight<unknown[]>(
      (inner, each, at) => [{ name: each, type: types[at], options: inner }],
      options,
    );
    return { id: '1', name, type: ApplicationCommandType.ChatInput, options: nested };
  };

  return {
    ...town,
    address,
    moderation,
    database,
    settle,
    async flag(text) {
      const before = cardsIn(review).length;
      const post = server.world.post(general, town.member, text);
      while (cardsIn(review).length === before) await settled(settle);
      const card = cardsIn(review).at(-1)!;
      return { post, card, flag: buttonOf(card, 'context').split(':')[2]! };
    },
    cardAt: (id) => review.messages.get(id)!,
    case: async (flag) => (await moderation.case(address, flag))!,
    async command(user, line, options = {}) {
      const given = Object.entries(options).map(([name, value]) => ({ name, type: 3, value }));
      return (await ask(InteractionType.ApplicationCommand, user, commandData(line, given))
        .shown) as unknown as APIMessage;
    },
    async complete(user, line, option, typed) {
      const data = commandData(line, [{ name: option, type: 3, value: typed, focused: true }]);
      const { choices } = await ask(InteractionType.ApplicationCommandAutocomplete, user, data).shown;
      return choices as { value: string; name: string }[];
    },
    menu: (user, name, post) =>
      ask(InteractionType.ApplicationCommand, user, {
        id: '2',
        name,
        type: ApplicationCommandType.Message,
        target_id: post.id,
        resolved: { messages: { [post.id]: post } },
      }),
    click: (user, message, wanted, values) =>
      ask(
        InteractionType.MessageComponent,
        user,
        {
          custom_id: buttonOf(message, wanted),
          component_type: values === undefined ? ComponentType.Button : ComponentType.StringSelect,
          ...(values && { values }),
        },
        message,
      ),
    async fill(user, form, values) {
      const { data } = await form.responded;
      const components = Object.entries(values).map(([custom_id, value]) => ({
        type: ComponentType.Label,
        component: typeof value === 'string' ? { custom_id, type: 4, value } : { custom_id, type: 22, values: value },
      }));
      const source = form.source ?? undefined;
      return ask(InteractionType.ModalSubmit, user, { custom_id: data['custom_id'], components }, source);
    },
    async kill() {
      bot.kill.abort();
      await bot.own.stop();
    },
    async restart() {
      bot = await runBot();
    },
    async stop() {
      await bot.own.stop();
      await stack.stop();
      await drop();
      await town.close();
    },
  };
}

/** Lets events arrive, then waits for what they caused. */
async function settled(settle: () => Promise<void>): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, 2));
  await settle();
}
