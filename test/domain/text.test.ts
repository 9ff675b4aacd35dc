import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { clean, hasWords, maskLinksAndHandles, readable } from '../../src/domain/text.ts';

describe('masking', () => {
  test.each([
    ['see https://example.org/a?b=c#d.', 'see @URL.'],
    ['(www.example.org/path_(x))', '(@URL))'],
    ['[label](https://example.org)', '[label](@URL)'],
    ['<https://example.org|label>', '<@URL|label>'],
    ['看https://example.org/a这个', '看@URL这个'],
    ['HTTP://EXAMPLE.ORG', '@URL'],
    ['hi @sam_w. and @ана', 'hi @USER. and @USER'],
    ['<@!1234> <@&99> <@U02ABC|sam> hello', '@USER @USER @USER hello'],
    ['@sam@social.example hi', '@USER hi'],
    ['@everyone look', '@USER look'],
  ])('turns %j into %j', (text, masked) => {
    expect(maskLinksAndHandles(text)).toBe(masked);
  });

  test.each([
    'write to sam@example.org',
    '3 @ 5 euro',
    'http:// is a scheme',
    'a@b',
    '@URL and @USER',
    'and/or e.g. 5:30',
  ])('leaves %j as it is', (text) => {
    expect(maskLinksAndHandles(text)).toBe(text);
  });

  test('masks a masked text no further, whatever the text', () => {
    const pieces = fc.constantFrom(
      '@',
      'a',
      'https://',
      'www.',
      'x.y',
      '@URL',
      '@USER',
      '<',
      '>',
      '|',
      ' ',
      'é',
      '看',
      '.',
      '1',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(pieces, fc.string())), (parts) => {
        const once = maskLinksAndHandles(parts.join(''));
        expect(maskLinksAndHandles(once)).toBe(once);
      }),
    );
  });
});

describe('cleaning', () => {
  test('takes NUL, lone surrogates and stacked marks out', () => {
    expect(clean('a\0b')).toBe('ab');
    expect(clean('a\uD800b\uDC00')).toBe('a\uFFFDb\uFFFD');
    expect(clean(`Z${'\u0335\u0321\u034F\u0301\u0322'.repeat(3)}a\u0301`)).toBe('Za\u0301');
  });

  test.each([
    ['decomposed Vietnamese', 'tiếng Việt'.normalize('NFD')],
    ['Hebrew with vowels and cantillation', 'בְּרֵאשִׁ֖ית'],
    ['vocalised Arabic', 'ٱلسَّلَامُ عَلَيْكُمْ'],
    ['Khmer', 'ស្រ្តី'],
    ['Burmese', 'ကျွန်ုပ်တို့'],
    ['Hindi', 'स्त्रियाँ'],
    ['an emoji of a family and a flag', '👨‍👩‍👧‍👦 🏴󠁧󠁢󠁳󠁣󠁴󠁿'],
  ])('leaves %s as it is', (_name, text) => {
    expect(readable(text)).toBe(text);
  });

  test('gives well-formed text without NUL, whatever it is given', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)) }),
        (text) => {
          const cleaned = clean(text);
          expect(cleaned.isWellFormed()).toBe(true);
          expect(cleaned).not.toContain('\0');
        },
      ),
    );
  });
});

describe('whether there is anything to read', () => {
  test.each([
    '',
    ' \n\t\u00A0\u200B',
    '😀👍🏽🇮🇹',
    '1️⃣ #️⃣',
    '<:kek:1234> :thumbsup:',
    'https://example.org/a www.example.org',
    '@sam',
    '?!…',
    '```\n```',
  ])('finds nothing in %j', (text) => {
    expect(hasWords(readable(text))).toBe(false);
  });

  test.each([
    'no',
    'я',
    '看',
    'ស',
    '1488',
    '```\nall of them\n```',
    'https://example.org read',
    '@sam you',
    '😀 ok',
    '𐌰',
  ])('finds something in %j', (text) => {
    expect(hasWords(readable(text))).toBe(true);
  });
});
