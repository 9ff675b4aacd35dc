import fc from 'fast-check';
import { IntlMessageFormat } from 'intl-messageformat';
import { describe, expect, it } from 'vitest';
import { COMMANDS, MENUS } from '../../src/connectors/command-spec.ts';
import { INTERFACE_LANGUAGES } from '../../src/domain/settings.ts';
import { CATALOGS, chooseLanguage, isolated, wordsIn } from '../../src/words/words.ts';
import { EN } from '../../src/words/en.ts';
import type { MessageKey } from '../../src/words/en.ts';

const KEYS = Object.keys(EN) as MessageKey[];
const OTHERS = INTERFACE_LANGUAGES.filter((language) => language !== 'en');

type Node = ReturnType<IntlMessageFormat['getAst']>[number];

/** Placeholders of a message, and the plural categories of each that has some. */
function shapeOf(message: string, locale: string): { names: string[]; plurals: Map<string, string[]> } {
  const names = new Set<string>();
  const plurals = new Map<string, string[]>();
  const walk = (nodes: readonly Node[]): void => {
    for (const node of nodes) {
      if ('value' in node && (node.type as number) !== 0) names.add(node.value);
      if (!('options' in node)) continue;
      plurals.set(node.value, Object.keys(node.options));
      for (const option of Object.values(node.options)) walk(option.value);
    }
  };
  walk(new IntlMessageFormat(message, locale, undefined, { ignoreTag: true }).getAst());
  return { names: [...names].toSorted(), plurals };
}

describe.each(INTERFACE_LANGUAGES)('the catalog %s', (language) => {
  const catalog = CATALOGS[language];

  it('has every message and no other', () => {
    expect(Object.keys(catalog).toSorted()).toEqual(KEYS.toSorted());
    expect(KEYS.filter((key) => catalog[key].trim() !== catalog[key] || catalog[key] === '')).toEqual([]);
  });

  it('has the placeholders of the English messages, of the same kind', () => {
    for (const key of KEYS) {
      const [english, here] = [shapeOf(EN[key], 'en'), shapeOf(catalog[key], language)];
      // A verb that agrees in English need not elsewhere.
      const names = key === 'card.decidedBy' ? [...new Set([...here.names, 'count'])].toSorted() : here.names;
      expect([key, names]).toEqual([key, english.names]);
    }
  });

  it('has a form for each kind of number that the language tells apart', () => {
    const { pluralCategories } = new Intl.PluralRules(language).resolvedOptions();
    // `many` of Romance languages is for millions, which no count here reaches; their `other` says it well.
    const wanted = pluralCategories.filter((category) => category !== 'many' || language === 'ar');
    for (const key of KEYS) {
      for (const [name, forms] of shapeOf(catalog[key], language).plurals) {
        expect([key, name, wanted.filter((form) => !forms.includes(form))]).toEqual([key, name, []]);
      }
    }
  });

  it.each([0, 1, 2, 3, 11, 100, 1234])(
    'says every message with %i of everything, filled to the last placeholder',
    (count) => {
      const words = wordsIn(language);
      for (const key of KEYS) {
        const { names, plurals } = shapeOf(catalog[key], language);
        const values = Object.fromEntries(names.map((name) => [name, plurals.has(name) ? count : `«${name}»`]));
        const said = words.say(key, values);
        expect(said).not.toMatch(/[{}#]|undefined|NaN/);
        for (const name of names) if (!plurals.has(name)) expect(said).toContain(`«${name}»`);
        // Digits that a person can type back, in every script.
        expect(said).toMatch(/^[^٠-٩०-९]*$/);
      }
    },
  );

  it('keeps to what platforms allow: descriptions of 100, names of 32, labels of 80, titles of 45', () => {
    const long = (prefix: RegExp, most: number) => KEYS.filter((key) => prefix.test(key) && catalog[key].length > most);
    expect(long(/^(command|option|group)\./, 100)).toEqual([]);
    expect(long(/^menu\./, 32)).toEqual([]);
    expect(long(/^(button|answer|band|target|manifestation)\./, 80)).toEqual([]);
    expect(long(/^(field|setup\.title|why\.title)/, 45)).toEqual([]);
  });
});

describe('words', () => {
  it('say something else in each language', () => {
    for (const language of OTHERS) {
      const same = KEYS.filter(
        (key) => EN[key] === CATALOGS[language][key] && /[a-z]{3}/.test(EN[key].replace(/\{[^}]*\}/g, '')),
      );
      expect([language, same.length]).toEqual([language, expect.any(Number)]);
      expect(same.length).toBeLessThanOrEqual(8);
    }
  });

  it('name every command, group, option and menu', () => {
    for (const { verb, options } of COMMANDS) {
      expect(EN).toHaveProperty([`command.${verb}`]);
      if (verb.includes(' ')) expect(EN).toHaveProperty([`group.${verb.split(' ')[0]}`]);
      for (const { name } of options) expect(EN).toHaveProperty([`option.${name}`]);
    }
    for (const { name } of MENUS) expect(EN).toHaveProperty([`menu.${name}`]);
  });

  it.each([
    [['es-419'], 'es'],
    [['pt-BR'], 'pt'],
    [['ja', 'it'], 'it'],
    [[null, undefined, 'hi_IN'], 'hi'],
    [['ja'], 'en'],
    [[], 'en'],
  ])('of the locales %j are %s', (locales, language) => {
    expect(chooseLanguage(...locales)).toBe(language);
  });

  it('count as each language counts', () => {
    const held = (language: 'en' | 'ar' | 'fr', count: number) => wordsIn(language).say('queue.title', { count });
    expect([1, 2].map((count) => held('en', count))).toEqual([
      '1 post waits for a moderator.',
      '2 posts wait for a moderator.',
    ]);
    expect(held('fr', 0)).toBe('0 message attend un modérateur.');
    expect([1, 2, 3, 11, 100].map((count) => held('ar', count))).toEqual([
      'رسالة واحدة بانتظار المشرفين.',
      'رسالتان بانتظار المشرفين.',
      '3 رسائل بانتظار المشرفين.',
      '11 رسالة بانتظار المشرفين.',
      '100 رسالة بانتظار المشرفين.',
    ]);
  });

  it('list, name languages and write shares and times in the language', () => {
    const de = wordsIn('de');
    expect(de.list(['a', 'b', 'c'])).toBe('a, b und c');
    expect(de.list(['a', 'b'], 'disjunction')).toBe('a oder b');
    expect([de.languageName('es'), de.languageName('und'), de.languageName('no language')]).toEqual([
      'Spanisch',
      'Unbekannte Sprache',
      'no language',
    ]);
    expect(de.percent(0.714)).toBe('71\u00A0%');
    expect(wordsIn('ar').moment(new Date('2026-11-24T13:05:00Z'))).toMatch(/2026.*UTC$/s);
    expect(INTERFACE_LANGUAGES.filter((each) => wordsIn(each).rightToLeft)).toEqual(['ar']);
  });
});

describe('an isolated text', () => {
  /** How many isolates and embeddings are open at the end, and whether one was closed that was not opened. */
  function balanceOf(text: string): { open: number; fell: boolean } {
    let [isolates, embeddings, fell] = [0, 0, false];
    for (const mark of text) {
      if (/[\u2066-\u2068]/.test(mark)) isolates += 1;
      if (/[\u202A\u202B\u202D\u202E]/.test(mark)) embeddings += 1;
      if (mark === '\u2069') isolates -= 1;
      if (mark === '\u202C') embeddings -= 1;
      if (isolates < 0 || embeddings < 0) fell = true;
    }
    return { open: isolates + embeddings, fell };
  }

  it('is between the isolate marks of Unicode and otherwise as it was written', () => {
    expect(isolated('قال hello')).toBe('\u2068قال hello\u2069');
    expect(isolated('\u2067שלום\u2069 a')).toBe('\u2068\u2067שלום\u2069 a\u2069');
  });

  it('cannot turn the words around it, whatever marks it holds', () => {
    const unit = fc.constantFrom('a', 'ع', ' ', '\n', ...'\u202A\u202B\u202C\u202D\u202E\u2066\u2067\u2068\u2069');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 40 }), (text) => {
        const quote = isolated(text);
        const inside = quote.slice(1, -1);
        expect(balanceOf(inside)).toEqual({ open: 0, fell: false });
        expect(quote).toMatch(/^\u2068[\s\S]*\u2069$/);
        expect(inside.replace(/[\u202A-\u202E\u2066-\u2069]/g, '')).toBe(
          text.replace(/[\u202A-\u202E\u2066-\u2069]/g, ''),
        );
      }),
    );
  });
});
