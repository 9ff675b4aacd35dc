import { InteractionResponseType, InteractionType, MessageFlags, PermissionFlagsBits, Routes } from 'discord.js';
import type {
  APIApplicationCommandOptionChoice,
  APIInteraction,
  APIMessage,
  APIModalInteractionResponseCallbackData,
  RawFile,
  REST,
} from 'discord.js';
import type { CommunityAddress } from '../../domain/message.ts';
import { isRefused } from './api.ts';
import type { Layout } from './layout.ts';
import { communityOf } from './message.ts';
import { has } from './permissions.ts';

/** An interaction in a guild; any other kind of place offers none. */
export type GuildInteraction = APIInteraction & { guild_id: string; member: InteractionMember };

/** Servers other than Discord's leave out what the member may do. */
type InteractionMember = Pick<NonNullable<APIInteraction['member']>, 'user'> &
  Partial<NonNullable<APIInteraction['member']>>;

/**
 * What someone asks by a command, button or form, and the ways to answer. Discord waits three seconds for the first
 * answer: whatever has to look something up defers first, then has fifteen minutes.
 */
export class Inquiry {
  readonly raw: GuildInteraction;
  readonly guild: string;
  readonly community: CommunityAddress;
  readonly channel: string;
  readonly user: string;
  readonly userName: string;
  readonly roles: readonly string[];
  readonly locale: string;
  readonly #rest: REST;
  /** What the person may do in this channel. */
  readonly rights: bigint;
  #first: 'none' | 'reply' | 'update' = 'none';

  /** `rights`: what the person may do there, for a server that does not say. */
  constructor(rest: REST, raw: GuildInteraction, rights: bigint = 0n) {
    this.#rest = rest;
    this.raw = raw;
    this.guild = raw.guild_id;
    this.community = communityOf(raw.guild_id);
    this.channel = channelOf(raw);
    this.user = raw.member.user.id;
    this.userName = raw.member.user.username;
    this.roles = raw.member.roles ?? [];
    this.locale = ('locale' in raw ? raw.locale : undefined) ?? 'en-US';
    this.rights = raw.member.permissions === undefined ? rights : BigInt(raw.member.permissions);
  }

  /** As Discord computed it for this channel at this moment. */
  get isModerator(): boolean {
    return this.isAdministrator || has(this.rights, PermissionFlagsBits.ManageMessages);
  }

  get isAdministrator(): boolean {
    return has(this.rights, PermissionFlagsBits.Administrator) || has(this.rights, PermissionFlagsBits.ManageGuild);
  }

  /** The message that the button is on; null for a command. */
  get source(): APIMessage | null {
    return 'message' in this.raw ? (this.raw.message ?? null) : null;
  }

  /** Whether the message that the button is on is this person's alone. */
  get isPrivate(): boolean {
    return ((this.source?.flags ?? 0) & MessageFlags.Ephemeral) !== 0;
  }

  /** Promises an answer that only this person sees. */
  async defer(): Promise<void> {
    const type = InteractionResponseType.DeferredChannelMessageWithSource;
    await this.#respond({ type, data: { flags: MessageFlags.Ephemeral } });
    this.#first = 'reply';
  }

  /** Takes the click without an answer, or with a later change of the message that it is on. */
  async deferUpdate(): Promise<void> {
    await this.#respond({ type: InteractionResponseType.DeferredMessageUpdate });
    this.#first = 'update';
  }

  async open(form: APIModalInteractionResponseCallbackData): Promise<void> {
    await this.#respond({ type: InteractionResponseType.Modal, data: form });
  }

  async offer(choices: APIApplicationCommandOptionChoice[]): Promise<void> {
    const type = InteractionResponseType.ApplicationCommandAutocompleteResult;
    await this.#respond({ type, data: { choices } });
  }

  /** Answers this person alone, whatever was said before. */
  async tell(answer: Layout): Promise<void> {
    if (this.#first === 'reply') return this.#edit(answer);
    const data = { ...answer, flags: answer.flags | MessageFlags.Ephemeral };
    if (this.#first === 'none') {
      await this.#respond({ type: InteractionResponseType.ChannelMessageWithSource, data });
      this.#first = 'reply';
    } else {
      await this.#rest.post(Routes.webhook(this.raw.application_id, this.raw.token), { body: data, auth: false });
    }
  }

  /** After `deferUpdate`: changes the message that the button is on. */
  update(message: Layout): Promise<void> {
    return this.#edit(message);
  }

  /** After `defer`: answers with a file, which text of a message cannot stand beside in components. */
  async send(words: string, files: RawFile[]): Promise<void> {
    const body = { content: words, allowed_mentions: { parse: [] } };
    await this.#rest.patch(this.#original(), { body, files, auth: false });
  }

  async #edit(body: Layout): Promise<void> {
    await this.#rest.patch(this.#original(), { body, auth: false });
  }

  #original(): `/${string}` {
    return Routes.webhookMessage(this.raw.application_id, this.raw.token, '@original');
  }

  async #respond(body: { type: InteractionResponseType; data?: unknown }): Promise<void> {
    try {
      await this.#rest.post(Routes.interactionCallback(this.raw.id, this.raw.token), { body, auth: false });
    } catch (error) {
      // A repeated request whose first answer was lost.
      if (!isRefused(error, 'acknowledged')) throw error;
    }
  }
}

/** Where an interaction happened. */
export function channelOf({ channel, channel_id }: { channel?: { id: string }; channel_id?: string }): string {
  return channel?.id ?? channel_id ?? '';
}

/** Null where it comes from outside a guild. */
export function guildInteraction(raw: APIInteraction): GuildInteraction | null {
  const known = raw.guild_id !== undefined && raw.member !== undefined && raw.type !== InteractionType.Ping;
  return known ? (raw as GuildInteraction) : null;
}
