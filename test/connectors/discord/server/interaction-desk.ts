import { InteractionResponseType, InteractionType, MessageFlags } from 'discord.js';
import type { APIMessage } from 'discord.js';
import { invalidForm, unknown, ApiError } from './api-error.ts';
import { messageFaults } from './check-message.ts';
import { modalFaults } from './check-modal.ts';
import { nextSnowflake } from './snowflake.ts';
import { textOf } from './json.ts';
import type { Json } from './json.ts';
import { anything, either, list, shaped, shapeFaults, text, whole } from './shape.ts';

/** Discord waits so long for the first response, and keeps the token so long. */
const FIRST_MS = 3000;
const TOKEN_MS = 15 * 60_000;

/** One interaction as the person who started it sees it. */
export interface Asked {
  id: string;
  token: string;
  type: InteractionType;
  at: number;
  /** The message whose button it is. */
  source: APIMessage | null;
  /** Resolves with the first response. */
  responded: Promise<{ type: InteractionResponseType; data: Json; afterMs: number }>;
  /** Resolves with what the person sees in the end: the reply, its edit after a deferral, or the first follow-up. */
  shown: Promise<Json>;
  /** The reply as it stands; null before there is one. */
  reply: Json | null;
  followups: Json[];
}

type Waiting = Asked & {
  resolveResponded(this: void, response: { type: InteractionResponseType; data: Json; afterMs: number }): void;
  resolveShown(this: void, message: Json): void;
  first: InteractionResponseType | null;
};

/** Interactions by token: first responses within their deadline, edits and follow-ups while the token lives. */
export class InteractionDesk {
  readonly violations: string[];
  /** Those whose first response came too late. */
  late = 0;
  /** The longest that a first response took, in ms. */
  slowest = 0;
  /** Moves the clock that deadlines are held against, in ms. */
  skew = 0;
  readonly #byToken = new Map<string, Waiting>();
  readonly #update: (message: APIMessage, data: Json) => void;

  constructor(violations: string[], update: (message: APIMessage, data: Json) => void) {
    this.violations = violations;
    this.#update = update;
  }

  open(type: InteractionType, source: APIMessage | null): Asked {
    const responded = Promise.withResolvers<{ type: InteractionResponseType; data: Json; afterMs: number }>();
    const shown = Promise.withResolvers<Json>();
    const asked: Waiting = {
      id: nextSnowflake(),
      token: `token-${nextSnowflake()}`,
      type,
      at: Date.now(),
      source,
      first: null,
      responded: responded.promise,
      shown: shown.promise,
      reply: null,
      followups: [],
      resolveResponded: responded.resolve,
      resolveShown: shown.resolve,
    };
    this.#byToken.set(asked.token, asked);
    return asked;
  }

  /** POST interactions/ID/TOKEN/callback */
  respond(id: string, token: string, body: Json): void {
    const asked = this.#byToken.get(token);
    if (asked === undefined || asked.id !== id) throw unknown('Interaction');
    const afterMs = Date.now() + this.skew - asked.at;
    if (afterMs > FIRST_MS) {
      this.late += 1;
      throw unknown('Interaction');
    }
    if (asked.first !== null) throw new ApiError(400, 40060, 'Interaction has already been acknowledged.');
    const type = body['type'] as InteractionResponseType;
    const data = (body['data'] ?? {}) as Json;
    this.#check([
      ...shapeFaults(body, { required: { type: whole(4, 9) }, optional: { data: anything } }, 'the response'),
      ...responseFaults(asked.type, type, data),
    ]);
    this.slowest = Math.max(this.slowest, afterMs);
    asked.first = type;
    asked.resolveResponded({ type, data, afterMs });
    if (type === InteractionResponseType.ChannelMessageWithSource) {
      asked.reply = { ...data };
      asked.resolveShown(asked.reply);
    }
    if (type === InteractionResponseType.DeferredChannelMessageWithSource) asked.reply = { flags: data['flags'] ?? 0 };
    if (type === InteractionResponseType.UpdateMessage && asked.source !== null) {
      this.#update(asked.source, data);
      asked.resolveShown(data);
    }
    if (
      type === InteractionResponseType.Modal ||
      type === InteractionResponseType.ApplicationCommandAutocompleteResult
    ) {
      asked.resolveShown(data);
    }
  }

  /** PATCH webhooks/APPLICATION/TOKEN/messages/@original */
  editReply(token: string, body: Json): Json {
    const asked = this.#live(token);
    this.#check(messageFaults(body, { edits: true, as: 'webhook' }));
    if (asked.first === InteractionResponseType.DeferredMessageUpdate && asked.source !== null) {
      this.#update(asked.source, body);
      asked.resolveShown(body);
      return { ...asked.source, ...body };
    }
    if (asked.reply === null) throw unknown('Message');
    asked.reply = { ...asked.reply, ...body, flags: Number(asked.reply['flags'] ?? 0) | Number(body['flags'] ?? 0) };
    asked.resolveShown(asked.reply);
    return { id: asked.id, ...asked.reply };
  }

  /** POST webhooks/APPLICATION/TOKEN */
  followUp(token: string, body: Json): Json {
    const asked = this.#live(token);
    this.#check(messageFaults(body, { as: 'webhook' }));
    // The first follow-up after a deferred reply takes its place.
    if (asked.first === InteractionResponseType.DeferredChannelMessageWithSource && asked.followups.length === 0) {
      asked.reply = { ...asked.reply, ...body };
    }
    asked.followups.push(body);
    asked.resolveShown(body);
    return { id: nextSnowflake(), ...body };
  }

  #live(token: string): Waiting {
    const asked = this.#byToken.get(token);
    if (asked === undefined) throw unknown('Webhook');
    if (Date.now() + this.skew - asked.at > TOKEN_MS) throw new ApiError(401, 50027, 'Invalid Webhook Token');
    if (asked.first === null) throw unknown('Webhook');
    return asked;
  }

  #check(faults: string[]): void {
    if (faults.length === 0) return;
    this.violations.push(...faults.map((fault) => `interaction response: ${fault}`));
    throw invalidForm(faults);
  }
}

const CHOICE = { required: { name: text(1, 100), value: text(1, 100) } };

function responseFaults(asked: InteractionType, type: InteractionResponseType, data: Json): string[] {
  switch (type) {
    case InteractionResponseType.ChannelMessageWithSource:
    case InteractionResponseType.UpdateMessage:
      return messageFaults(data, { edits: type === InteractionResponseType.UpdateMessage, as: 'webhook' });
    case InteractionResponseType.DeferredChannelMessageWithSource:
      return shapeFaults(data, { optional: { flags: either(0, MessageFlags.Ephemeral) } }, 'a deferral');
    case InteractionResponseType.Modal:
      return asked === InteractionType.ModalSubmit ? ['a modal in answer to a modal'] : modalFaults(data);
    case InteractionResponseType.ApplicationCommandAutocompleteResult:
      return asked === InteractionType.ApplicationCommandAutocomplete
        ? shapeFaults(data, { required: { choices: list(0, 25, shaped(CHOICE)) } }, 'autocompletion')
        : ['autocompletion of nothing'];
    case InteractionResponseType.DeferredMessageUpdate:
      return asked === InteractionType.ApplicationCommand ? ['a deferred update of no message'] : [];
    default:
      return [`a response of type ${textOf(type)}`];
  }
}
