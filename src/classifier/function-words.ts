import type { Script } from './script.ts';

/**
 * Languages that eld does not know, told by their commonest words: grammatical ones that the other languages of their
 * script lack (chosen by frequency in POLAR train against the other languages there).
 */
const FUNCTION_WORDS: readonly { language: string; script: Script; words: ReadonlySet<string> }[] = [
  {
    language: 'ha',
    script: 'Latin',
    words:
      setOf(`abin aka akan ake akwai amma ba babu bai ban baya ce cewa ciki cikin daga daya din domin duk duka ga haka
      hakan idan ina irin ita iya ka kace kai kake kamar kana kawai ke kenan ko kome ku kuma kun masu mun muna
      mutane mutum nan saboda sai shi shine sosai suka sukayi suke suna wai wanda wani wannan wasu wata wlh ya
      yadda yake yan yana yanzu yau yayi yi zai zuwa`),
  },
  {
    language: 'sw',
    script: 'Latin',
    words:
      setOf(`akiwa alikuwa alisema au baada bado bila cha gani hakuna hao hapa hapo hata hawa hii hili hivi hivyo hiyo
      hizi huko huku huo huwa huyo huyu ikiwa ili ingawa juu kabla kama karibu katika kila kitu kufanya kuna
      kupata kutoka kuwa kwa kwamba kwanini kwao kweli kwenye lakini mimi mtu mwa mwenye na nani ndani ndio
      ndiyo nini nyinyi pamoja pia sasa sio sisi tena vile vya wa wakati wake wako wangu wao wapi watu wengi
      wengine wenye wetu wewe wote ya yake yako yangu yao yeye yote yule zaidi zake`),
  },
  {
    language: 'ne',
    script: 'Devanagari',
    words: setOf(`अनि अहिले आफ्नो उनले उनी उनीहरूको ऊ एउटा किन कुन कुनै कुरा केही गरिएको गरे गरेका गरेको गरेर गर्छ गर्दा
      गर्दै गर्न गर्नु गर्ने छ छन् छु छैन जस्तो जुन त तपाईं तर तिमी त्यो थिए थियो देखिन्छ धेरै नि नै पनि पर्छ
      पर्ने भए भएका भएको भने भनेर भन्दा भन्दै भन्ने भयो म मलाई मा मात्र मेरो यस यसले यस्ता यस्तो यी यो र रहेको
      राम्रो रूपमा लाई लागि वा सक्छ सबै हरु हरू हामी हुन हुने हुन्छ हुन्छन् होइन होला`),
  },
  {
    // Punjabi in Shahmukhi letters; in Gurmukhi its script tells it.
    language: 'pa',
    script: 'Arabic',
    words:
      setOf(`آں اتے اسی اوہ اوہدے ایتھے ایں ایہہ اے تسی تسیں تواڈی تواڈے توں تیری تیرے تینوں تے جاوے جے دا دتا دی دیاں
      دے سانوں ساڈا ساڈے سی فیر لئی لوکاں نئیں نال ناں نوں نی نیں وچ وڈے وی ویلے پئی پیا چ کجھ کردا کردے کرن کسے
      کیتا کیتی گل ہن ہندا ہوندا ہووے ہویا`),
  },
];

/** A language is told from this share of a text's words on, and from this many different ones. */
const SHARE = 0.12;
const DIFFERENT = 2;

/** The language whose function words a text is full of, or `null`. */
export function byFunctionWords(text: string, script: Script): string | null {
  const candidates = FUNCTION_WORDS.filter((entry) => entry.script === script);
  if (candidates.length === 0) return null;
  const words = text.toLowerCase().match(/[\p{L}\p{M}]+/gu) ?? [];
  let best: string | null = null;
  let most = SHARE * words.length;
  for (const { language, words: known } of candidates) {
    const found = words.filter((word) => known.has(word));
    if (found.length < most || new Set(found).size < DIFFERENT) continue;
    best = language;
    most = found.length;
  }
  return best;
}

function setOf(words: string): ReadonlySet<string> {
  return new Set(words.split(/\s+/u));
}
