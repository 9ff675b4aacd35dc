/** One post of the sample: who says what where, and whether it is polarized (the demo moderator's honest answer). */
export interface SamplePost {
  channel: 'general' | 'random';
  author: string;
  text: string;
  polarized: boolean;
}

/** Neighbours of a harbour town talk about a building plan, in English, Spanish, Italian and German. All invented. */
export const SAMPLE_CONVERSATION: readonly SamplePost[] = [
  {
    channel: 'general',
    author: 'Mara',
    text: 'Morning all! The council published the plan for the old harbour: the ferry stays, the car park goes.',
    polarized: false,
  },
  {
    channel: 'general',
    author: 'Tom',
    text: 'Nice, more room for the market. Does anyone know when the works start?',
    polarized: false,
  },
  {
    channel: 'general',
    author: 'Lucía',
    text: 'Dicen que en marzo, si llueve poco. Yo echaré de menos el aparcamiento, la verdad.',
    polarized: false,
  },
  {
    channel: 'general',
    author: 'Derek',
    text:
      'Typical. These left-wing fanatics have never worked a day in their lives, they hate our country, and now they ' +
      'decide how decent people have to live. They are the enemy, all of them.',
    polarized: true,
  },
  {
    channel: 'general',
    author: 'Jonas',
    text: 'Ich habe den Plan gelesen: Am Bahnhof kommen 80 neue Stellplätze dazu. Das ist doch ein fairer Kompromiss.',
    polarized: false,
  },
  {
    channel: 'random',
    author: 'Giulia',
    text: 'Domenica puliamo la spiaggia, ci vediamo alle nove al molo? Porto io i guanti.',
    polarized: false,
  },
  {
    channel: 'general',
    author: 'Paco',
    text:
      'Los de la derecha son todos unos corruptos y unos fascistas, con esa gente no se puede convivir. ' +
      'Hay que echarlos de todas las instituciones de una vez.',
    polarized: true,
  },
  {
    channel: 'general',
    author: 'Tom',
    text:
      'I am furious about the new parking fees, honestly. The mayor broke a promise to everyone who works here, and I ' +
      'will tell him so at the meeting on Thursday.',
    polarized: false,
  },
  {
    channel: 'general',
    author: 'Ulrich',
    text:
      'Die linksgrünen Ideologen und ihre Journalisten belügen das ganze Volk. Mit solchen Leuten kann man nicht reden, ' +
      'das sind Feinde unseres Landes.',
    polarized: true,
  },
  {
    channel: 'general',
    author: 'Bruno',
    text:
      'I comunisti hanno rovinato questa città e continuano a mentire. Chi li vota è un traditore e non merita nessun ' +
      'rispetto.',
    polarized: true,
  },
  {
    channel: 'general',
    author: 'Mara',
    text: 'Can we keep this about the harbour, please? People on both sides live here.',
    polarized: false,
  },
  {
    channel: 'general',
    author: 'Lucía',
    text: 'Gracias, Mara. El jueves a las siete en la biblioteca puede hablar todo el mundo.',
    polarized: false,
  },
  {
    channel: 'random',
    author: 'Jonas',
    text: 'Wer hat eigentlich das Rezept für den Apfelkuchen vom Samstag?',
    polarized: false,
  },
  {
    channel: 'random',
    author: 'Giulia',
    text: 'Io! Te lo mando stasera, il segreto è il limone. 🍋',
    polarized: false,
  },
];
