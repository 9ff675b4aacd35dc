import type { App, BlockAction, MessageShortcut, ViewSubmitAction } from '@slack/bolt';
import { EvenkeelError, messageOf, reasonOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import { UnsureError } from './access.ts';
import { clicked } from './actions.ts';
import { readClick, readCommandBody, readForm, readHome, readMenu } from './asking.ts';
import { page } from './blocks.ts';
import { commanded } from './commands.ts';
import type { DeskParts } from './desk-parts.ts';
import { publishHome } from './home.ts';
import { Inquiry } from './inquiry.ts';
import type { Asked } from './inquiry.ts';
import { escaped } from './mrkdwn.ts';
import { chosenFromMenu } from './shortcuts.ts';
import { closesAtOnce, submitted } from './submissions.ts';
import { loadingView } from './views.ts';

/** Where commands, clicks, shortcuts, forms and pages are answered, each acknowledged first, whatever goes wrong. */
export class Desk {
  readonly #parts: DeskParts;
  readonly #log: Logger;
  readonly #open = new Set<Promise<void>>();

  constructor(parts: DeskParts, log: Logger) {
    this.#parts = parts;
    this.#log = log;
  }

  /** Answers what the app hears from now on. */
  listen(app: App): void {
    app.command('/keel', async ({ ack, body }) => {
      await ack();
      const read = readCommandBody(body);
      if (read === null) return;
      await this.#answer(read.asked, 'command', (inquiry) => commanded(this.#parts, inquiry, read.text));
    });
    app.action<BlockAction>({ type: 'block_actions' }, async ({ ack, body }) => {
      await ack();
      const read = readClick(body);
      if (read === null) return;
      await this.#answer(read.asked, 'click', (inquiry) => clicked(this.#parts, inquiry, read.action));
    });
    app.shortcut<MessageShortcut>({ type: 'message_action' }, async ({ ack, body }) => {
      await ack();
      const read = readMenu(body);
      if (read === null) return;
      const { asked, name, post } = read;
      await this.#answer(asked, 'shortcut', (inquiry) => chosenFromMenu(this.#parts, inquiry, name, post));
    });
    app.view<ViewSubmitAction>({ type: 'view_submission' }, async ({ ack, body }) => {
      const read = readForm(body);
      if (read === null) return ack();
      const { action, place, filled } = read;
      const closes = closesAtOnce(action);
      const words = this.#parts.speech.atOnce(read.asked.community, read.asked.user);
      await (closes ? ack() : ack({ response_action: 'update', view: loadingView(words) }));
      const asked = closes ? { ...read.asked, view: null } : read.asked;
      await this.#answer(asked, 'form', (inquiry) => submitted(this.#parts, inquiry, action, place, filled));
    });
    app.event('app_home_opened', async ({ body }) => {
      const asked = readHome(body);
      if (asked !== null) await this.#answer(asked, 'home', (inquiry) => publishHome(this.#parts, inquiry, 0));
    });
  }

  /** Resolves once everyone has their answer. */
  async idle(): Promise<void> {
    await Promise.all(this.#open);
  }

  async #answer(asked: Asked, what: string, work: (inquiry: Inquiry) => Promise<void>): Promise<void> {
    const answering = this.#work(asked, what, work).finally(() => this.#open.delete(answering));
    this.#open.add(answering);
    await answering;
  }

  async #work(asked: Asked, what: string, work: (inquiry: Inquiry) => Promise<void>): Promise<void> {
    let inquiry: Inquiry;
    try {
      // Not Bolt's own client: that one sends the workspace's id along to methods that do not take it.
      const { id: community, client } = await this.#parts.workspaces.of(asked.community);
      inquiry = new Inquiry(client, this.#parts.fetch, { ...asked, community });
    } catch (error) {
      this.#log.error('a request came from where the app is not', { what, reason: reasonOf(error) });
      return;
    }
    try {
      await work(inquiry);
    } catch (error) {
      await this.#apologize(inquiry, what, error);
    }
  }

  /** Nothing that a person asked stays without an answer, if Slack takes one. */
  async #apologize(inquiry: Inquiry, what: string, error: unknown): Promise<void> {
    this.#log.error('a request from Slack failed', { what, reason: reasonOf(error) });
    // A page that could not be drawn is drawn when it is next opened.
    if (what === 'home') return;
    try {
      const words = this.#parts.speech.atOnce(inquiry.community.community, inquiry.user);
      await inquiry.tell(page(excuse(error, (key) => words.say(key))), words);
    } catch (second) {
      this.#log.warn('nor could it be said', { what, reason: messageOf(second) });
    }
  }
}

function excuse(error: unknown, say: (key: 'refused.unsure' | 'refused.failed') => string): string[] {
  if (error instanceof UnsureError) return [say('refused.unsure')];
  const forPerson = error instanceof EvenkeelError && error.code === 'input';
  return forPerson ? [escaped(error.message), escaped(error.hint)] : [say('refused.failed')];
}
