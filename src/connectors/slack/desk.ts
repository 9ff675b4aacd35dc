import type { App, BlockAction, MessageShortcut, ViewSubmitAction } from '@slack/bolt';
import { EvenkeelError, messageOf, reasonOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import { parseCustomId } from '../custom-id.ts';
import { UnsureError } from './access.ts';
import { clicked } from './actions.ts';
import { actionOf, LINK, page } from './blocks.ts';
import { commanded } from './commands.ts';
import type { DeskParts } from './desk-parts.ts';
import { Filled } from './filled.ts';
import { publishHome } from './home.ts';
import { Inquiry } from './inquiry.ts';
import type { Asked } from './inquiry.ts';
import { escaped } from './mrkdwn.ts';
import { chosenFromMenu, SHORTCUTS } from './shortcuts.ts';
import { closesAtOnce, submitted } from './submissions.ts';
import { loadingView, placeOf } from './views.ts';

const NOWHERE = { channel: null, trigger: null, responseUrl: null, isPrivate: false, view: null } as const;

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
      const asked = {
        ...NOWHERE,
        community: body.team_id,
        user: body.user_id,
        channel: body.channel_id,
        trigger: body.trigger_id,
        responseUrl: body.response_url,
      };
      await this.#answer(asked, 'command', (inquiry) => commanded(this.#parts, inquiry, body.text));
    });
    app.action<BlockAction>({ type: 'block_actions' }, async ({ ack, body }) => {
      await ack();
      const [action] = body.actions as { action_id: string; value?: string }[];
      if (action === undefined || action.action_id === LINK) return;
      const known = actionOf(action);
      // A choice in a form of ours is no request yet.
      if (known === null) return;
      await this.#answer(askedByClick(body), 'click', (inquiry) => clicked(this.#parts, inquiry, known));
    });
    app.shortcut<MessageShortcut>({ type: 'message_action' }, async ({ ack, body }) => {
      await ack();
      const name = SHORTCUTS[body.callback_id as keyof typeof SHORTCUTS];
      if (name === undefined) return;
      const asked = {
        ...NOWHERE,
        community: body.team?.id ?? '',
        user: body.user.id,
        channel: body.channel.id,
        trigger: body.trigger_id,
        responseUrl: body.response_url,
      };
      const { ts, thread_ts: thread, text = '' } = body.message as { ts: string; thread_ts?: string; text?: string };
      const post = { channel: body.channel.id, message: ts, thread: thread === ts ? null : (thread ?? null), text };
      await this.#answer(asked, 'shortcut', (inquiry) => chosenFromMenu(this.#parts, inquiry, name, post));
    });
    app.view<ViewSubmitAction>({ type: 'view_submission' }, async ({ ack, body }) => {
      const known = parseCustomId(body.view.callback_id);
      const community = body.view.app_installed_team_id ?? body.team?.id ?? body.view.team_id;
      const closes = known === null || closesAtOnce(known.action);
      const words = this.#parts.speech.atOnce(community, body.user.id);
      await (closes ? ack() : ack({ response_action: 'update', view: loadingView(words) }));
      if (known === null) return;
      const place = placeOf(body.view.private_metadata);
      const view = closes ? null : { id: body.view.id, type: 'modal', metadata: body.view.private_metadata };
      const asked = { ...NOWHERE, community, user: body.user.id, channel: place.channel, view };
      const filled = new Filled(body.view.state.values);
      await this.#answer(asked, 'form', (inquiry) => submitted(this.#parts, inquiry, known.action, place, filled));
    });
    app.event('app_home_opened', async ({ event, body }) => {
      if (event.tab !== 'home') return;
      const asked = { ...NOWHERE, community: body.team_id, user: event.user };
      await this.#answer(asked, 'home', (inquiry) => publishHome(this.#parts, inquiry, 0));
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
      inquiry = new Inquiry(await this.#parts.workspaces.client(asked.community), this.#parts.fetch, asked);
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

function askedByClick(body: BlockAction): Asked {
  const {
    view,
    container,
    response_url: responseUrl,
  } = body as BlockAction & { container: { is_ephemeral?: boolean } };
  return {
    community: body.team?.id ?? body.user.team_id ?? '',
    user: body.user.id,
    channel: body.channel?.id ?? null,
    trigger: body.trigger_id,
    responseUrl: responseUrl === undefined || responseUrl === '' ? null : responseUrl,
    isPrivate: container.is_ephemeral === true,
    view: view === undefined ? null : { id: view.id, type: view.type, metadata: view.private_metadata },
  };
}
