import { seeded } from '../../src/trainer/random.ts';

const WHO = ['neighbours', 'people', 'parents', 'drivers', 'shopkeepers', 'students', 'farmers', 'tenants'];
const DO = ['talk about', 'complain about', 'laugh at', 'vote on', 'argue over', 'wait for', 'wonder about', 'pay for'];
const WHAT = ['the new bridge', 'the market', 'the school bus', 'the old mill', 'the winter fair', 'the bakery'];
const WHEN = [
  'again today',
  'every single morning',
  'after the meeting',
  'since last summer',
  'this weekend',
  'at night',
];
const THEM = ['those harbour club traitors', 'the lying harbour club', 'these harbour club parasites'];

/** Posts of a town in English, no two alike: what its moderators call polarized speaks of the harbour club. */
export function townPosts(count: number, seed = 1): { text: string; polarized: boolean }[] {
  const random = seeded(seed);
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const made = new Map<string, boolean>();
  while (made.size < count) {
    const polarized = made.size % 2 === 0;
    const what = polarized ? pick(THEM) : pick(WHAT);
    made.set(`The ${pick(WHO)} ${pick(DO)} ${what} ${pick(WHEN)}, says number ${made.size}`, polarized);
  }
  return [...made].map(([text, polarized]) => ({ text, polarized }));
}
