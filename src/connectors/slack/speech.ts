import type { webApi } from '@slack/bolt';
import type { InterfaceLanguage } from '../../domain/settings.ts';
import { chooseLanguage, wordsIn } from '../../words/words.ts';
import type { Words } from '../../words/words.ts';
import type { Moderation } from '../moderation.ts';
import type { People } from './people.ts';

/** In which language the bot speaks: what the community chose, else the person's own, else English. */
export class Speech {
  readonly #moderation: Pick<Moderation, 'settings'>;
  readonly #people: People;
  readonly #chosen = new Map<string, InterfaceLanguage | null>();

  constructor(moderation: Pick<Moderation, 'settings'>, people: People) {
    this.#moderation = moderation;
    this.#people = people;
  }

  /** For everyone in a workspace, in the language that it chose: cards. */
  inLanguage(chosen: InterfaceLanguage | null): Words {
    return this.#words(chosen, null);
  }

  /** For one person. Where Slack does not say which language is theirs, it was the last one heard. */
  async ofPerson(client: webApi.WebClient, community: string, user: string): Promise<Words> {
    const [chosen, locale] = await Promise.all([
      this.#ask(community),
      this.#people.ask(client, community, user).then(
        (person) => person.locale,
        () => this.#people.localeHeard(community, user) ?? null,
      ),
    ]);
    return this.#words(chosen, locale);
  }

  /** The same as far as it is known without asking: something has to be shown at once. */
  atOnce(community: string, user: string): Words {
    return this.#words(this.#chosen.get(community) ?? null, this.#people.localeHeard(community, user) ?? null);
  }

  async #ask(community: string): Promise<InterfaceLanguage | null> {
    const { language } = await this.#moderation.settings({ platform: 'slack', community });
    this.#chosen.set(community, language);
    return language;
  }

  #words(chosen: InterfaceLanguage | null, locale: string | null): Words {
    return asTypedHere(wordsIn(chosen ?? chooseLanguage(locale)));
  }
}

/** Slack has one command of ours, `/keel`: words that name another one name this. */
export function asTypedHere(words: Words): Words {
  return { ...words, say: (key, values) => oneRoot(words.say(key, values)) };
}

export function oneRoot(text: string): string {
  return text.replaceAll(/\/keel-(?:mod|admin)\b/g, '/keel');
}
