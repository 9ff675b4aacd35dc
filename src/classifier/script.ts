/** Scripts that tell a language by themselves, among those that this project meets, and scripts that only narrow it down. */
const SCRIPTS = {
  Latin: /\p{Script=Latin}/u,
  Arabic: /\p{Script=Arabic}/u,
  Devanagari: /\p{Script=Devanagari}/u,
  Bengali: /\p{Script=Bengali}/u,
  Ethiopic: /\p{Script=Ethiopic}/u,
  Gurmukhi: /\p{Script=Gurmukhi}/u,
  Han: /\p{Script=Han}/u,
  Khmer: /\p{Script=Khmer}/u,
  Myanmar: /\p{Script=Myanmar}/u,
  Oriya: /\p{Script=Oriya}/u,
  Telugu: /\p{Script=Telugu}/u,
} as const;
export type Script = keyof typeof SCRIPTS;

const entries = Object.entries(SCRIPTS) as [Script, RegExp][];

/** Chinese says in one character what Latin says in a word: a post in Chinese that cites a Latin name stays Chinese. */
const LETTERS_IN_ONE: Partial<Record<Script, number>> = { Han: 3 };

/** The script of most letters, or `null` where that is none of ours (or there are no letters). */
export function scriptOf(text: string): Script | null {
  const counts = new Map<Script | null, number>();
  for (const letter of text.match(/\p{L}/gu) ?? []) {
    const script = entries.find(([, pattern]) => pattern.test(letter))?.[0] ?? null;
    counts.set(script, (counts.get(script) ?? 0) + ((script && LETTERS_IN_ONE[script]) ?? 1));
  }
  let most: Script | null = null;
  for (const [script, count] of counts) if (count > (counts.get(most) ?? 0)) most = script;
  return most;
}
