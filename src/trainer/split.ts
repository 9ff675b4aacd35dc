import { createHash } from 'node:crypto';
import type { ExamplePart } from '../domain/example.ts';
import { keyOf } from './post-key.ts';

/** Posts as alike as this (Jaccard of character 5-grams) are taken for copies of one another. */
const ALIKE = 0.8;
const GRAM = 5;
/** Minima of hashes that a post is found by, two by two: of copies at the limit, one of 3,000 is missed. */
const PAIRS = 8;

/** What part of the decisions is held back: to choose the epoch by, and to judge by. */
const SHARES = { holdout: 0.2, dev: 0.2 } as const;

export interface Assignable {
  /** As the model reads it. */
  text: string;
  label: 0 | 1;
  /** What it was assigned before: it stays. */
  part: ExamplePart | null;
}

/**
 * Which part each post is for. A post keeps its part for good, copies of a post join its part, and the others are chosen
 * by a hash of their words: of each label 20 % for the holdout and 20 % for dev, whatever the order in which they come.
 */
export function assignParts(posts: readonly Assignable[]): ExamplePart[] {
  const groups = copiesOf(posts.map(({ text }) => text));
  const parts = posts.map(({ part }) => part);
  const counts = new Map<0 | 1, Record<ExamplePart, number>>();
  const countOf = (label: 0 | 1): Record<ExamplePart, number> => {
    const known = counts.get(label) ?? { train: 0, dev: 0, holdout: 0 };
    counts.set(label, known);
    return known;
  };
  for (const { part, label } of posts) if (part !== null) countOf(label)[part] += 1;
  const give = (members: readonly number[], part: ExamplePart): void => {
    for (const i of members) {
      if (parts[i] !== null) continue;
      parts[i] = part;
      countOf(posts[i]!.label)[part] += 1;
    }
  };
  const open: { members: number[]; order: string }[] = [];
  for (const members of groups) {
    const known = members.find((i) => parts[i] !== null);
    if (known !== undefined) give(members, parts[known]!);
    else open.push({ members, order: members.map((i) => orderOf(posts[i]!.text)).toSorted()[0]! });
  }
  for (const { members } of open.toSorted((a, b) => (a.order < b.order ? -1 : 1))) {
    const count = countOf(posts[members[0]!]!.label);
    const total = count.train + count.dev + count.holdout + members.length;
    const part = (['holdout', 'dev'] as const).find((each) => count[each] + members.length <= SHARES[each] * total);
    give(members, part ?? 'train');
  }
  return parts.map((part) => part!);
}

function orderOf(text: string): string {
  return createHash('sha256').update(keyOf(text)).digest('hex');
}

/** The places of posts, those of copies together, by first place. */
function copiesOf(texts: readonly string[]): number[][] {
  const grams = texts.map((text) => gramsOf(keyOf(text)));
  const leader = texts.map((_, i) => i);
  const find = (i: number): number => (leader[i] === i ? i : find(leader[i]!));
  const buckets = new Map<string, number[]>();
  grams.forEach((own, i) => {
    for (const bucket of bucketsOf(own)) {
      const others = buckets.get(bucket) ?? [];
      for (const other of others) {
        const [a, b] = [find(other), find(i)];
        if (a !== b && likeness(grams[other]!, own) >= ALIKE) leader[Math.max(a, b)] = Math.min(a, b);
      }
      buckets.set(bucket, [...others, i]);
    }
  });
  return [...Map.groupBy(texts.keys(), find).values()];
}

/** 32-bit hashes of the character 5-grams; of a shorter post, of all of it. */
function gramsOf(key: string): Set<number> {
  const characters = [...key];
  const grams = new Set<number>();
  for (let i = 0; i === 0 || i + GRAM <= characters.length; i += 1)
    grams.add(hashOf(characters.slice(i, i + GRAM).join('')));
  return grams;
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i += 1) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash >>> 0;
}

/** Posts with like grams share a bucket almost surely (MinHash, Broder 1997). */
function bucketsOf(grams: ReadonlySet<number>): string[] {
  const minima = Array.from({ length: 2 * PAIRS }, (_, seed) => {
    let least = 0xffffffff;
    for (const gram of grams) least = Math.min(least, mixed(gram, seed));
    return least;
  });
  return Array.from({ length: PAIRS }, (_, i) => `${i} ${minima[2 * i]!} ${minima[2 * i + 1]!}`);
}

function mixed(value: number, seed: number): number {
  let hash = Math.imul(value ^ Math.imul(seed + 1, 0x9e3779b1), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function likeness(a: ReadonlySet<number>, b: ReadonlySet<number>): number {
  let both = 0;
  for (const gram of a) if (b.has(gram)) both += 1;
  return both / (a.size + b.size - both);
}
