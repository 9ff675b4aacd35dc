import { IntlMessageFormat } from 'intl-messageformat';
import { INTERFACE_LANGUAGES } from '../domain/settings.ts';
import type { InterfaceLanguage } from '../domain/settings.ts';
import { AR } from './ar.ts';
import { DE } from './de.ts';
import { EN } from './en.ts';
import type { Catalog, MessageKey } from './en.ts';
import { ES } from './es.ts';
import { FR } from './fr.ts';
import { HI } from './hi.ts';
import { IT } from './it.ts';
import { PT } from './pt.ts';

/** What a person reads, in their language: the catalogs' messages (ICU MessageFormat) and the platform's own Intl. */
export interface Words {
  readonly language: InterfaceLanguage;
  readonly rightToLeft: boolean;
  say(key: MessageKey, values?: Record<string, string | number>): string;
  /** `a, b and c`, or with `disjunction` `a, b or c`. */
  list(items: readonly string[], type?: 'conjunction' | 'disjunction'): string;
  /** Of an ISO 639 code; `und` is an unknown language. */
  languageName(code: string): string;
  /** `71 %`, as the language writes it. */
  percent(share: number): string;
  /** Day and time in UTC. */
  moment(at: Date): string;
}

export const CATALOGS: Readonly<Record<InterfaceLanguage, Catalog>> = {
  en: EN,
  es: ES,
  it: IT,
  de: DE,
  fr: FR,
  pt: PT,
  ar: AR,
  hi: HI,
};

/**
 * Digits are Latin in every language: scores, cases and commands are typed and compared across languages.
 */
const LOCALES: Readonly<Record<InterfaceLanguage, string>> = {
  en: 'en',
  es: 'es',
  it: 'it',
  de: 'de',
  fr: 'fr',
  pt: 'pt',
  ar: 'ar-u-nu-latn',
  hi: 'hi-u-nu-latn',
};

const made = new Map<InterfaceLanguage, Words>();

export function wordsIn(language: InterfaceLanguage): Words {
  const known = made.get(language);
  if (known !== undefined) return known;
  const words = makeWords(language);
  made.set(language, words);
  return words;
}

/** The first of these locales (`pt-BR`, `es`) that there is a catalog for; English where there is none. */
export function chooseLanguage(...locales: readonly (string | null | undefined)[]): InterfaceLanguage {
  for (const locale of locales) {
    const [code] = locale?.toLowerCase().split(/[-_]/) ?? [];
    const found = INTERFACE_LANGUAGES.find((each) => each === code);
    if (found !== undefined) return found;
  }
  return 'en';
}

/** Text of unknown direction inside a sentence, kept from turning the sentence around (Unicode FSI … PDI). */
export function isolated(text: string): string {
  return `\u2068${balanced(text)}\u2069`;
}

/** Every isolate and embedding that a text opens is closed in it, and it closes none that it did not open. */
function balanced(text: string): string {
  let isolates = 0;
  let embeddings = 0;
  const kept = text.replace(/[\u202A-\u202E\u2066-\u2069]/g, (mark) => {
    if (mark === '\u2069') return isolates > 0 ? ((isolates -= 1), mark) : '';
    if (mark === '\u202C') return embeddings > 0 ? ((embeddings -= 1), mark) : '';
    if (mark >= '\u2066') isolates += 1;
    else embeddings += 1;
    return mark;
  });
  return kept + '\u202C'.repeat(embeddings) + '\u2069'.repeat(isolates);
}

function makeWords(language: InterfaceLanguage): Words {
  const locale = LOCALES[language];
  const formats = new Map<MessageKey, IntlMessageFormat>();
  const names = new Intl.DisplayNames([locale], { type: 'language' });
  const percent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 0 });
  const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });
  const lists = {
    conjunction: new Intl.ListFormat(locale, { type: 'conjunction' }),
    disjunction: new Intl.ListFormat(locale, { type: 'disjunction' }),
  };
  const say: Words['say'] = (key, values = {}) => {
    let format = formats.get(key);
    if (format === undefined) {
      format = new IntlMessageFormat(CATALOGS[language][key], locale, undefined, { ignoreTag: true });
      formats.set(key, format);
    }
    return String(format.format(values));
  };
  return {
    language,
    rightToLeft: language === 'ar',
    say,
    list: (items, type = 'conjunction') => lists[type].format(items),
    languageName(code) {
      if (code === 'und') return say('verdict.unknownLanguage');
      try {
        return names.of(code) ?? code;
      } catch {
        // `of` throws where a code is not even shaped like one; a card is no place to fail for that.
        return code;
      }
    },
    percent: (share) => percent.format(share),
    moment: (at) => `${moment.format(at)} UTC`,
  };
}
