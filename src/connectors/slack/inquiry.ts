import type { types, webApi } from '@slack/bolt';
import type { CommunityAddress } from '../../domain/message.ts';
import { EvenkeelError } from '../../runtime/errors.ts';
import type { Words } from '../../words/words.ts';
import { refusalOf } from './api-errors.ts';
import { reply } from './response-url.ts';
import type { Reply } from './response-url.ts';
import { answerView } from './views.ts';

type Fetch = Parameters<typeof reply>[0];

/** Who asked, how, and where an answer can go. */
export interface Asked {
  community: string;
  user: string;
  /** Null in App Home and in a modal. */
  channel: string | null;
  /** Opens one modal, within three seconds. */
  trigger: string | null;
  /** Takes five answers within half an hour. */
  responseUrl: string | null;
  /** Whether the message that the button is on is this person's alone. */
  isPrivate: boolean;
  /** What the button or form is on, where that is a view. */
  view: { id: string; type: string; metadata: string } | null;
}

/** What someone asks by a command, button, shortcut or form, and the ways to answer them alone. */
export class Inquiry {
  readonly client: webApi.WebClient;
  readonly community: CommunityAddress;
  readonly user: string;
  readonly asked: Asked;
  readonly #fetch: Fetch;
  /** A modal that shows what was asked for. */
  #modal: string | null;

  constructor(client: webApi.WebClient, fetch: Fetch, asked: Asked) {
    this.client = client;
    this.asked = asked;
    this.community = { platform: 'slack', community: asked.community };
    this.user = asked.user;
    this.#fetch = fetch;
    this.#modal = asked.view?.type === 'modal' ? asked.view.id : null;
  }

  get channel(): string {
    return this.asked.channel ?? '';
  }

  get isHome(): boolean {
    return this.asked.view?.type === 'home';
  }

  get isModal(): boolean {
    return this.#modal !== null;
  }

  /** Shows a modal: Slack waits three seconds for the first one; later ones take its place. */
  async open(view: types.ModalView): Promise<void> {
    if (this.#modal !== null) {
      await this.client.views.update({ view_id: this.#modal, view });
    } else if (this.asked.trigger !== null) {
      const { view: opened } = await this.client.views.open({ trigger_id: this.asked.trigger, view });
      this.#modal = opened?.id ?? null;
    }
  }

  /** The modal was closed by its form: answers go elsewhere. */
  closed(): void {
    this.#modal = null;
  }

  /** Answers this person alone, where they look. */
  async tell(blocks: types.KnownBlock[], words: Words): Promise<void> {
    const text = textOf(blocks);
    const { responseUrl, trigger } = this.asked;
    if (this.#modal !== null) return this.open(answerView(blocks, words));
    if (responseUrl !== null) {
      try {
        return await this.#reply({ response_type: 'ephemeral', replace_original: false, text, blocks });
      } catch (error) {
        // An address that is none of Slack's, or is used up: there is another way.
        if (this.asked.channel === null || !(error instanceof EvenkeelError)) throw error;
      }
    }
    if (trigger !== null && this.asked.channel === null) return this.open(answerView(blocks, words));
    await this.#whisper(text, blocks);
  }

  /** Changes the private message that the button is on; says it anew where there is none. */
  async replace(blocks: types.KnownBlock[], words: Words): Promise<void> {
    const { isPrivate, responseUrl } = this.asked;
    if (!isPrivate || responseUrl === null) return this.tell(blocks, words);
    await this.#reply({ replace_original: true, text: textOf(blocks), blocks });
  }

  async #reply(body: Reply): Promise<void> {
    await reply(this.#fetch, this.asked.responseUrl!, body);
  }

  /** In the channel that they came from, for their eyes; else, where the bot is not in it, in their own. */
  async #whisper(text: string, blocks: types.KnownBlock[]): Promise<void> {
    const { user } = this;
    const quiet = { unfurl_links: false, unfurl_media: false };
    if (this.asked.channel !== null) {
      try {
        await this.client.chat.postEphemeral({ channel: this.asked.channel, user, text, blocks });
        return;
      } catch (error) {
        if (refusalOf(error) === null) throw error;
      }
    }
    await this.client.chat.postMessage({ channel: user, text, blocks, ...quiet });
  }
}

/** What notifications say of blocks: their first words. */
function textOf(blocks: readonly types.KnownBlock[]): string {
  for (const block of blocks) {
    if (block.type === 'section' && block.text !== undefined) return block.text.text;
    if (block.type === 'header') return block.text.text;
  }
  return 'Evenkeel';
}
