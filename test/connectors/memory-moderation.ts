import { randomUUID } from 'node:crypto';
import type { CardReference, Connector } from '../../src/connectors/connector.ts';
import type { LocalModeration } from '../../src/connectors/local/commands.ts';
import type { QueueFilter } from '../../src/connectors/moderation.ts';
import type { Agreement, Stats } from '../../src/domain/insight.ts';
import { firstSettings } from '../../src/domain/settings.ts';
import type { Settings, SettingsChange } from '../../src/domain/settings.ts';
import { NO_DETAILS, UNDO_MS } from '../../src/domain/label.ts';
import { UNKNOWN_RELIABILITY } from '../../src/domain/consensus.ts';
import { decide } from '../../src/domain/decision.ts';
import type { Card } from '../../src/domain/flag.ts';
import type { OwnVersion, TakenBack, WeeklyReport } from '../../src/domain/lesson.ts';
import type { ChannelAddress, Message, MessageAddress } from '../../src/domain/message.ts';
import { DEFAULT_THRESHOLD, isFlagged } from '../../src/domain/policy.ts';
import type { Mode, Policy } from '../../src/domain/policy.ts';
import type { Verdict } from '../../src/domain/verdict.ts';

/** How a word moves a score: enough of a classifier to steer a test, `peace` 0.1 and `enemy` 0.9 for instance. */
const SCORES: readonly [RegExp, number][] = [
  [/enem|fascist|feinde|traditore/i, 0.94],
  [/fanatics|ideologen/i, 0.81],
  [/furious/i, 0.58],
];

/**
 * Moderation without a database: everything in memory, scored by words. It keeps the promises of the interface, so a
 * connector cannot tell it from the pipeline; cards are shown before `receive` resolves.
 */
export class MemoryModeration implements LocalModeration {
  connector: Connector | null = null;
  /** Rejects the next `receive`, as a database that went away does. */
  failNext = false;
  /** Resolves when the first `receive` begins, before it has stored anything. */
  readonly asked: Promise<void>;
  readonly received: Message[] = [];
  readonly removed: MessageAddress[] = [];
  /** Versions that were trained for the community alone. */
  readonly ownVersions: OwnVersion[] = [];
  readonly #latest = new Map<string, { message: Message; verdict: Verdict }>();
  readonly #cards = new Map<string, Card>();
  readonly #references = new Map<string, CardReference>();
  #settings = firstSettings('local');
  readonly #policies = new Map<string, Policy>();

  #askedNow = (): void => {};
  #gate: Promise<void> = Promise.resolve();

  constructor() {
    this.asked = new Promise((resolve) => (this.#askedNow = resolve));
  }

  /** Keeps every `receive` waiting until the function that it returns is called. */
  pause(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return resolve;
  }

  async receive(messages: readonly Message[]): Promise<void> {
    this.#askedNow();
    await this.#gate;
    if (this.failNext) {
      this.failNext = false;
      throw new Error('the database is away');
    }
    for (const message of messages) {
      const before = this.#latest.get(message.message);
      if (before !== undefined && before.message.revision >= message.revision) continue;
      this.received.push(message);
      const verdict = verdictOf(message.text);
      this.#latest.set(message.message, { message, verdict });
      await this.#judge(message, verdict);
    }
  }

  async remove(messages: readonly MessageAddress[]): Promise<void> {
    for (const address of messages) {
      this.removed.push(address);
      this.#latest.delete(address.message);
      const card = this.#cardOf(address.message);
      if (card !== undefined) await this.#show({ ...card, state: 'removed', text: null });
    }
  }

  async label(input: Parameters<LocalModeration['label']>[0]): Promise<Card | null> {
    const card = this.#cards.get(input.flag);
    if (card === undefined) return null;
    const others = card.labels.filter(({ moderator }) => moderator !== input.moderator);
    const labels = [
      ...others,
      { moderator: input.moderator, answer: input.answer, ...(input.details ?? NO_DETAILS), at: new Date() },
    ];
    const decision = decide(labels.map(({ answer }) => ({ answer, reliability: UNKNOWN_RELIABILITY, weight: 1 })));
    const labelled: Card = { ...card, labels, decision, state: decision === 'undecided' ? 'open' : 'decided' };
    await this.#show(labelled);
    return labelled;
  }

  async undo(input: Parameters<LocalModeration['undo']>[0]): Promise<Card | null> {
    const card = this.#cards.get(input.flag);
    if (card === undefined) return null;
    const since = Date.now() - UNDO_MS;
    const labels = card.labels.filter(({ moderator, at }) => moderator !== input.moderator || at.getTime() < since);
    const decision = decide(labels.map(({ answer }) => ({ answer, reliability: UNKNOWN_RELIABILITY, weight: 1 })));
    const undone: Card = { ...card, labels, decision, state: decision === 'undecided' ? 'open' : 'decided' };
    await this.#show(undone);
    return undone;
  }

  async confirm(input: Parameters<LocalModeration['confirm']>[0]): Promise<Card | null> {
    const card = this.#cards.get(input.flag);
    const decision = input.answer ?? card?.decision ?? 'undecided';
    if (card === undefined || decision === 'undecided') return null;
    await this.#show({ ...card, decision, state: 'decided' });
    return this.#cards.get(input.flag)!;
  }

  async agreement(): Promise<Agreement> {
    return { alpha: null, compared: 0, disputed: 0, setAside: [], recall: null };
  }

  async restore(): Promise<boolean> {
    return false;
  }

  async settings(): Promise<Settings> {
    return this.#settings;
  }

  async changeSettings(
    _community: QueueFilter['community'],
    change: SettingsChange,
    by: string = 'someone',
  ): Promise<Settings> {
    const { auditsPerDay = this.#settings.auditsPerDay, training = this.#settings.training } = change;
    const recorded = training.state === 'off' ? training : { ...training, by, at: new Date() };
    this.#settings = { ...this.#settings, auditsPerDay, training: recorded };
    return this.#settings;
  }

  async retrain(): Promise<boolean> {
    return this.#settings.training.state !== 'off';
  }

  async versions(): Promise<OwnVersion[]> {
    return [...this.ownVersions];
  }

  async rollBack(_community: QueueFilter['community'], language: string | undefined): Promise<TakenBack[]> {
    const back = this.ownVersions.filter(
      (each) => each.state === 'active' && (language === undefined || each.language === language),
    );
    for (const each of back) each.state = 'before';
    return back.map((each) => ({ language: each.language, from: each.version, to: null }));
  }

  async queue({ channel, language, sort = 'new', limit, agendaOf }: QueueFilter): Promise<Card[]> {
    const order: Record<typeof sort, (card: Card) => number> = {
      new: (card) => -card.postedAt.getTime(),
      score: (card) => -card.verdict.score,
      uncertain: (card) => Math.abs(card.verdict.score - card.threshold),
    };
    return [...this.#cards.values()]
      .filter(({ state }) => state === 'open')
      .filter(({ labels }) => agendaOf === undefined || labels.every(({ moderator }) => moderator !== agendaOf))
      .filter((card) => channel === undefined || card.message.channel === channel)
      .filter((card) => language === undefined || card.verdict.language === language)
      .toReversed()
      .toSorted((one, other) => order[sort](one) - order[sort](other))
      .slice(0, limit ?? (agendaOf === undefined ? 50 : 5));
  }

  async case(_community: QueueFilter['community'], flag: string): Promise<Card | null> {
    const found = [...this.#cards.values()].filter((card) => card.flag.startsWith(flag));
    return found.length === 1 ? (found[0] ?? null) : null;
  }

  async reports(): Promise<WeeklyReport[]> {
    return [];
  }

  async stats(): Promise<Stats> {
    const cards = [...this.#cards.values()];
    const languages = new Map<string, { language: string; messages: number; flagged: number }>();
    for (const { message, verdict } of this.#latest.values()) {
      const row = languages.get(verdict.language) ?? { language: verdict.language, messages: 0, flagged: 0 };
      row.messages += 1;
      if (this.#cardOf(message.message) !== undefined) row.flagged += 1;
      languages.set(verdict.language, row);
    }
    return {
      messages: this.#latest.size,
      unseen: 0,
      flagged: cards.length,
      open: cards.filter(({ state }) => state === 'open').length,
      labels: cards.reduce((sum, { labels }) => sum + labels.length, 0),
      upheld: cards.filter(({ decision }) => decision === 'polarized').length,
      overturned: cards.filter(({ decision }) => decision === 'not_polarized').length,
      reports: 0,
      appeals: 0,
      answers: { polarized: 0, not_polarized: 0, unsure: 0 },
      adapters: [],
      days: [],
      histogram: [],
      languages: [...languages.values()].map((each) => ({ ...each, upheld: 0, overturned: 0 })),
    };
  }

  async check(text: string): Promise<Verdict> {
    return verdictOf(text);
  }

  async policy({ channel }: ChannelAddress): Promise<Policy> {
    return this.#policies.get(channel) ?? { mode: 'review', threshold: DEFAULT_THRESHOLD };
  }

  async setThreshold(channel: ChannelAddress, threshold: number | null): Promise<Policy> {
    return this.#setPolicy(channel, { ...(await this.policy(channel)), threshold: threshold ?? DEFAULT_THRESHOLD });
  }

  async setMode(channel: ChannelAddress, mode: Mode | null): Promise<Policy> {
    return this.#setPolicy(channel, { ...(await this.policy(channel)), mode: mode ?? 'review' });
  }

  #setPolicy({ channel }: ChannelAddress, policy: Policy): Policy {
    this.#policies.set(channel, policy);
    return policy;
  }

  #cardOf(message: string): Card | undefined {
    return [...this.#cards.values()].find((card) => card.message.message === message);
  }

  async #judge(message: Message, verdict: Verdict): Promise<void> {
    const policy = await this.policy(message);
    const before = this.#cardOf(message.message);
    const flagged = isFlagged(policy, verdict);
    if (!flagged && before === undefined) return;
    const { platform, community, channel, message: id, revision, author, text, postedAt, link } = message;
    await this.#show({
      flag: before?.flag ?? randomUUID(),
      message: { platform, community, channel, message: id, revision },
      author,
      text,
      postedAt,
      link,
      verdict,
      threshold: policy.threshold,
      state: flagged ? 'open' : 'withdrawn',
      decision: 'undecided',
      labels: [],
      edited: before !== undefined,
      attachments: 0,
      origin: 'score',
      blind: false,
      reports: [],
      escalation: null,
      appeal: null,
      notify: null,
    });
  }

  async #show(card: Card): Promise<void> {
    this.#cards.set(card.flag, card);
    if (this.connector === null) return;
    const reference = await this.connector.show(card, this.#references.get(card.flag) ?? null);
    this.#references.set(card.flag, reference);
  }
}

function verdictOf(text: string): Verdict {
  const score = SCORES.find(([words]) => words.test(text))?.[1] ?? 0.1;
  const language = /\b(los|esa|gente)\b/i.test(text)
    ? 'es'
    : /\b(und|das|die)\b/i.test(text)
      ? 'de'
      : /\b(questa|della|hanno)\b/i.test(text)
        ? 'it'
        : 'en';
  const own = language === 'en' || language === 'es';
  const adapter = own ? language : 'multi';
  return { score, language, adapter, adapterVersion: '3fa2c19b04de', reason: own ? 'language' : 'shared' };
}
