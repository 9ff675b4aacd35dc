import { ApplicationCommandType, InteractionType } from 'discord.js';
import type { APIInteraction } from 'discord.js';
import { EvenkeelError, messageOf, reasonOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import { isRefused } from './api.ts';
import { clicked } from './clicks.ts';
import { commanded, completed } from './commands.ts';
import type { DeskParts } from './desk-parts.ts';
import { channelOf, guildInteraction, Inquiry } from './inquiry.ts';
import type { GuildInteraction } from './inquiry.ts';
import { page } from './layout.ts';
import { chosenFromMenu } from './menus.ts';
import { submitted } from './submissions.ts';

/** Where commands, clicks and forms are answered, each within its deadline, whatever goes wrong. */
export class Desk {
  readonly #parts: DeskParts;
  readonly #log: Logger;
  readonly #open = new Set<Promise<void>>();

  constructor(parts: DeskParts, log: Logger) {
    this.#parts = parts;
    this.#log = log;
  }

  answer(raw: APIInteraction): void {
    const known = guildInteraction(raw);
    if (known === null) return;
    const answering = this.#answer(known).finally(() => this.#open.delete(answering));
    this.#open.add(answering);
  }

  /** Resolves once everyone has their answer. */
  async idle(): Promise<void> {
    await Promise.all(this.#open);
  }

  async #answer(raw: GuildInteraction): Promise<void> {
    let inquiry: Inquiry;
    try {
      inquiry = new Inquiry(this.#parts.rest, raw, this.#rightsOf(raw));
    } catch {
      this.#log.warn('an interaction was not understood', { type: raw.type });
      return;
    }
    try {
      await answerBy(this.#parts, inquiry);
    } catch (error) {
      // Too late, or from before a restart: nobody waits any more.
      if (isRefused(error, 'unknownInteraction')) {
        this.#log.warn('an interaction was answered too late', { type: raw.type });
        return;
      }
      this.#log.error('an interaction failed', { type: raw.type, reason: reasonOf(error) });
      await this.#apologize(inquiry, error);
    }
  }

  #rightsOf(raw: GuildInteraction): bigint | undefined {
    const { permissions, user, roles }: Partial<typeof raw.member> & { user: { id: string } } = raw.member;
    if (permissions !== undefined) return undefined;
    return (
      this.#parts.directory.rightsIn(raw.guild_id, channelOf(raw), { user: user.id, roles: roles ?? [] }) ?? undefined
    );
  }

  async #apologize(inquiry: Inquiry, error: unknown): Promise<void> {
    if (inquiry.raw.type === InteractionType.ApplicationCommandAutocomplete) return;
    try {
      const words = this.#parts.speech.atOnce(inquiry.guild, inquiry.locale);
      const forPerson = error instanceof EvenkeelError && error.code === 'input';
      await inquiry.tell(page(forPerson ? [error.message, error.hint] : [words.say('refused.failed')]));
    } catch (second) {
      this.#log.debug('nor could it be said', { reason: messageOf(second) });
    }
  }
}

async function answerBy(parts: DeskParts, inquiry: Inquiry): Promise<void> {
  const { raw } = inquiry;
  switch (raw.type) {
    case InteractionType.ApplicationCommand:
      if (raw.data.type === ApplicationCommandType.ChatInput) return commanded(parts, inquiry, raw.data);
      if (raw.data.type === ApplicationCommandType.Message) return chosenFromMenu(parts, inquiry, raw.data);
      return;
    case InteractionType.ApplicationCommandAutocomplete:
      return completed(parts, inquiry, raw.data);
    case InteractionType.MessageComponent:
      return clicked(parts, inquiry, raw.data);
    case InteractionType.ModalSubmit:
      return submitted(parts, inquiry, raw.data);
    default:
  }
}
