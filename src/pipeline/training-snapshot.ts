import { readable } from '../domain/text.ts';
import { EXAMPLE_PARTS, labelOf } from '../domain/example.ts';
import type { ExamplePart } from '../domain/example.ts';
import { digestOf, findEligible, storeExamples } from '../store/examples.ts';
import type { EligiblePost } from '../store/examples.ts';
import { ledgerHash } from '../store/adapter-store.ts';
import type { LedgerLine } from '../store/adapter-store.ts';
import type { Database } from '../store/database.ts';
import type { Seal } from '../store/seal.ts';
import { assignParts } from '../trainer/split.ts';
import type { LearnedPost } from './learn.ts';

/** What a run may learn from, as it is at one moment. */
export interface Snapshot {
  posts: LearnedPost[];
  /** The same as the ledger keeps it, and its hash. */
  lines: LedgerLine[];
  ledger: string;
  /** Whether there is enough of each label to learn from, and to judge by. */
  enough: boolean;
  /** When the newest example was added. */
  newest: Date;
}

/** Decided posts below which no adapter is trained, and of each label among them. */
const LEAST_POSTS = 60;
const LEAST_LABEL = 10;

/** Writes what is eligible into the ledger and reads it: all of it in one transaction, so that erasure is before or after. */
export function takeSnapshot(
  { database, seal }: { database: Database; seal: Seal },
  { communityId, language }: { communityId: number; language: string },
): Promise<Snapshot> {
  return database.transaction(async (tx) => {
    const eligible = await findEligible(tx, communityId, language);
    const texts = eligible.map((post) => openText(seal, post));
    const labelled = eligible.map((post, i) => ({ ...labelOf(post.probability), text: texts[i]!, part: post.part }));
    const parts = assignParts(labelled);
    const rows = eligible.map(({ message, revision, flag, probability }, i) => ({
      message,
      revision,
      flag,
      probability,
      part: parts[i]!,
    }));
    if (rows.length > 0) await storeExamples(tx, { communityId, language }, rows);
    const stored = rows.length > 0 ? await findEligible(tx, communityId, language) : [];
    const places = new Map(eligible.map(({ message }, i) => [message, i]));
    const kept = stored.flatMap((post) => {
      const place = places.get(post.message);
      return place === undefined || post.example === null ? [] : [{ post, place }];
    });
    const lines = kept.map(({ post: { example, part, probability, sealed } }) => ({
      example: example!,
      part: part!,
      probability,
      digest: digestOf(sealed),
    }));
    const posts = kept.map(({ post, place }) => {
      const { text, label, weight } = labelled[place]!;
      return { text, label, weight, language, part: post.part! };
    });
    return {
      posts,
      lines,
      ledger: ledgerHash(lines),
      enough: isEnough(posts),
      newest: new Date(Math.max(0, ...kept.map(({ post }) => new Date(post.addedAt!).getTime()))),
    };
  });
}

function openText(seal: Seal, { sealed, channel, externalId, revision }: EligiblePost): string {
  return readable(seal.open(sealed, { channel, message: externalId, revision }));
}

function isEnough(posts: readonly LearnedPost[]): boolean {
  const sure = posts.filter(({ weight }) => weight > 0);
  const ones = sure.filter(({ label }) => label === 1).length;
  // Copies share a part: of posts that are all alike nothing may be left to judge by.
  const isOfBoth = (part: ExamplePart): boolean =>
    new Set(sure.filter((post) => post.part === part).map(({ label }) => label)).size === 2;
  const isSpread = sure.length >= LEAST_POSTS && Math.min(ones, sure.length - ones) >= LEAST_LABEL;
  return isSpread && EXAMPLE_PARTS.every(isOfBoth);
}
