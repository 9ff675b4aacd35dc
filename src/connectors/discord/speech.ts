import { chooseLanguage, wordsIn } from '../../words/words.ts';
import type { Words } from '../../words/words.ts';
import type { InterfaceLanguage, Settings } from '../../domain/settings.ts';
import type { Moderation } from '../moderation.ts';
import type { GuildDirectory } from './guild-directory.ts';
import { communityOf } from './message.ts';

/** In which language the bot speaks: what the community chose, else the person's, else the guild's. */
export class Speech {
  readonly #moderation: Pick<Moderation, 'settings'>;
  readonly #directory: GuildDirectory;
  readonly #chosen = new Map<string, InterfaceLanguage | null>();

  constructor(moderation: Pick<Moderation, 'settings'>, directory: GuildDirectory) {
    this.#moderation = moderation;
    this.#directory = directory;
  }

  /** For everyone in a guild: cards. */
  async ofGuild(guild: string): Promise<Words> {
    return this.#words(await this.#ask(guild), this.#directory.guilds.get(guild)?.locale);
  }

  /** The same where the guild's settings are at hand. */
  inGuild(guild: string, { language }: Pick<Settings, 'language'>): Words {
    this.#chosen.set(guild, language);
    return this.#words(language, this.#directory.guilds.get(guild)?.locale);
  }

  /** For one person. */
  async ofPerson(guild: string, locale: string): Promise<Words> {
    return this.#words(await this.#ask(guild), locale);
  }

  /** The same as far as it is known without asking: a form has to be shown at once. */
  atOnce(guild: string, locale: string): Words {
    return this.#words(this.#chosen.get(guild) ?? null, locale);
  }

  async #ask(guild: string): Promise<InterfaceLanguage | null> {
    const { language } = await this.#moderation.settings(communityOf(guild));
    this.#chosen.set(guild, language);
    return language;
  }

  #words(chosen: InterfaceLanguage | null, locale: string | undefined): Words {
    return wordsIn(chosen ?? chooseLanguage(locale));
  }
}
