import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { openLanguageDetector, route, type DetectLanguage } from '../../src/classifier/router.ts';
import { readable } from '../../src/domain/text.ts';

let detect: DetectLanguage;
beforeAll(async () => {
  detect = await openLanguageDetector();
});

describe('the language of a post', () => {
  test.each([
    ['en', 'I do not think the council will change its mind about the park this year'],
    ['es', 'No creo que el ayuntamiento cambie de opinión sobre el parque este año'],
    ['it', 'Non credo che il comune cambierà idea sul parco quest’anno, purtroppo'],
    ['de', 'Ich glaube nicht, dass die Stadt ihre Meinung über den Park dieses Jahr ändert'],
    ['fr', 'Je ne crois pas que la mairie change d’avis sur le parc cette année'],
    ['pt', 'Não acho que a prefeitura vai mudar de ideia sobre o parque este ano'],
    ['nl', 'Ik denk niet dat de gemeente dit jaar van gedachten verandert over het park'],
    ['pl', 'Nie sądzę, żeby miasto zmieniło w tym roku zdanie w sprawie parku'],
    ['tr', 'Belediyenin bu yıl park hakkındaki fikrini değiştireceğini sanmıyorum'],
    ['sw', 'Sidhani kama watu wa mji huu watabadilisha mawazo yao kwa ajili ya bustani hii'],
    ['ha', 'Ba na zaton mutanen gari za su canza ra’ayinsu game da wannan fili a bana kuma'],
    ['ru', 'Не думаю, что город в этом году передумает насчёт парка'],
    ['ar', 'لا أعتقد أن البلدية ستغير رأيها بشأن الحديقة هذا العام'],
    ['fa', 'فکر نمی‌کنم شهرداری امسال نظرش را درباره پارک عوض کند'],
    ['ur', 'مجھے نہیں لگتا کہ شہر اس سال پارک کے بارے میں اپنا ذہن بدلے گا'],
    ['pa', 'اوہ کہندا اے کہ ساڈے پنڈ دے لوک تے وی ایہہ گل نئیں من دے'],
    ['pa', 'ਮੈਨੂੰ ਨਹੀਂ ਲੱਗਦਾ ਕਿ ਸ਼ਹਿਰ ਇਸ ਸਾਲ ਆਪਣਾ ਮਨ ਬਦਲੇਗਾ'],
    ['hi', 'मुझे नहीं लगता कि शहर इस साल पार्क के बारे में अपना मन बदलेगा'],
    ['ne', 'मलाई लाग्दैन यो वर्ष नगरले पार्कको बारेमा आफ्नो विचार परिवर्तन गर्ने छ'],
    ['bn', 'আমার মনে হয় না শহর এই বছর পার্ক নিয়ে মত বদলাবে'],
    ['te', 'ఈ సంవత్సరం పార్క్ గురించి నగరం మనసు మార్చుకుంటుందని నేను అనుకోను'],
    ['or', 'ମୁଁ ଭାବୁନାହିଁ ଯେ ସହର ଏହି ବର୍ଷ ମନ ବଦଳାଇବ'],
    ['am', 'ከተማው በዚህ ዓመት ስለ ፓርኩ ሀሳቡን ይለውጣል ብዬ አላስብም'],
    ['km', 'ខ្ញុំមិនគិតថាទីក្រុងនឹងផ្លាស់ប្តូរចិត្តនៅឆ្នាំនេះទេ'],
    ['my', 'ဒီနှစ်မှာ မြို့တော်က စိတ်ပြောင်းလိမ့်မယ်လို့ ကျွန်တော် မထင်ပါဘူး'],
    ['zh', '我不认为市政府今年会改变对公园的看法'],
  ])('is %s', (language, text) => {
    expect(detect(text)).toBe(language);
  });

  test.each([
    ['ro', 'Nu cred că primăria își va schimba părerea despre parc anul acesta'],
    ['uk', 'Я не думаю, що місто цього року змінить думку щодо парку'],
    ['ja', '今年、市が公園について考えを変えるとは思いません'],
    ['el', 'Δεν νομίζω ότι ο δήμος θα αλλάξει γνώμη για το πάρκο φέτος'],
  ])('is %s where another language than those in use fits clearly better', (language, text) => {
    expect(detect(text)).toBe(language);
  });

  test.each(['', 'ok', 'lol', 'hm', '12 34', 'qzx wvk', '𐌰𐌱𐌲'])('cannot be told from %j', (text) => {
    expect(detect(text)).toBe('und');
  });

  test('is told from the prose, whatever links, handles, emoji and code stand in it', () => {
    const prose = 'Non credo che il comune cambierà idea sul parco';
    const noise = fc.constantFrom(
      'https://example.org/the-council-will-not-change-its-mind',
      '@the_other_people_of_this_town',
      '😀🎉',
      ':face_with_tears_of_joy:',
      '<:party_parrot:123456>',
      '`const answer = request.headers.get(name)`',
      '```\nfor (const item of items) console.log(item.name);\n```',
    );
    fc.assert(
      fc.property(fc.array(noise, { maxLength: 4 }), fc.array(noise, { maxLength: 4 }), (before, after) => {
        expect(detect(readable([...before, prose, ...after].join(' ')))).toBe('it');
      }),
    );
  });

  test('is that of most of its letters where scripts are mixed', () => {
    expect(detect('ខ្ញុំមិនគិតថាទីក្រុងនឹងផ្លាស់ប្តូរចិត្តនៅឆ្នាំនេះទេ according to the news')).toBe('km');
    expect(detect('市政府不会改变 Facebook Marketplace 的看法')).toBe('zh');
  });

  test('is a code or und for any text at all', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff), { maxLength: 80 }), (codes) => {
        expect(detect(readable(String.fromCharCode(...codes)))).toMatch(/^(?:und|[a-z]{2})$/u);
      }),
    );
  });
});

describe('routing', () => {
  const active = new Set(['multi', 'en']);
  const isActive = (adapter: string): boolean => active.has(adapter);

  test('takes the language’s own adapter where one is active', () => {
    expect(route('en', isActive)).toEqual({ adapter: 'en', reason: 'language' });
  });

  test('takes the multilingual adapter for a language without one', () => {
    expect(route('de', isActive)).toEqual({ adapter: 'multi', reason: 'shared' });
  });

  test('takes the multilingual adapter where the language could not be told', () => {
    expect(route('und', isActive)).toEqual({ adapter: 'multi', reason: 'uncertain' });
  });
});
