/**
 * Why a post is asked about. `disputed`: moderators differ on it; `uncertain`: the model is least sure of it, so an answer
 * teaches most; `audit`: chance drew it though nothing flagged it; `certain`: its score is high, and it waits; `known`: an
 * administrator confirmed the answer, and it tells how answers hold up.
 */
export const REASONS_TO_ASK = ['disputed', 'uncertain', 'audit', 'certain', 'known'] as const;
export type ReasonToAsk = (typeof REASONS_TO_ASK)[number];

/** Posts that a moderator is asked about in a day, by language. */
export const AGENDA_POSTS = 5;

/** The order in which reasons take their places; the first that still has posts fills what is left. */
const PLACES: readonly ReasonToAsk[] = ['disputed', 'uncertain', 'audit', 'certain', 'uncertain', 'audit'];
/** One agenda in so many places holds a known answer: rare enough to cost little, often enough to learn from. */
const KNOWN_EVERY = 10;

/**
 * `limit` of the posts that might be asked about, each reason in its own order, no post twice. `chance` in [0, 1) decides
 * whether a known answer is among them, and where: it looks like any other.
 */
export function mixAgenda(
  candidates: Readonly<Record<ReasonToAsk, readonly string[]>>,
  limit: number,
  chance: number,
): { flag: string; reason: ReasonToAsk }[] {
  const taken = new Map<string, ReasonToAsk>();
  const take = (reason: ReasonToAsk): void => {
    const next = candidates[reason].find((flag) => !taken.has(flag));
    if (next !== undefined) taken.set(next, reason);
  };
  const [known] = candidates.known;
  const asksKnown = known !== undefined && limit > 0 && chance < limit / KNOWN_EVERY;
  const room = asksKnown ? limit - 1 : limit;
  for (let place = 0; taken.size < room && place < PLACES.length * limit; place += 1) {
    take(PLACES[place % PLACES.length]!);
  }
  const asked = [...taken].map(([flag, reason]) => ({ flag, reason }));
  if (asksKnown && !taken.has(known)) {
    const place = Math.floor(((chance * KNOWN_EVERY) / limit) * (asked.length + 1));
    asked.splice(place, 0, { flag: known, reason: 'known' });
  }
  return asked;
}
