import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CardReference, Connector } from '../../src/connectors/connector.ts';
import { NO_DETAILS } from '../../src/domain/label.ts';
import { cardOf } from './cards.ts';
import type { MemoryModeration } from './memory-moderation.ts';

/** A connector with its platform, seen from both sides. */
export interface ConnectorUnderTest {
  connector: Connector;
  moderation: MemoryModeration;
  /** What a member does on the platform; each resolves once the platform has taken it. */
  post(author: string, text: string): Promise<{ message: string }>;
  edit(message: string, text: string): Promise<void>;
  remove(message: string): Promise<void>;
  /** All that the platform shows for each card, as one text, by the card's reference. */
  shown(): Promise<{ reference: CardReference; words: string }[]>;
  close(): Promise<void>;
}

/** What every connector keeps to, whatever its platform. `open` gives one that is started. */
export function describeConnector(name: string, open: () => Promise<ConnectorUnderTest>): void {
  describe(`the ${name} connector`, () => {
    let platform: ConnectorUnderTest;

    beforeEach(async () => {
      platform = await open();
    });
    afterEach(async () => {
      await platform.connector.stop();
      await platform.close();
    });

    it('delivers a post with its identity, author, text and time', async () => {
      const before = Date.now();
      const { message } = await platform.post('Ana', 'Good morning');
      const [delivered] = platform.moderation.received;
      expect(delivered).toMatchObject({
        platform: platform.connector.platform,
        message,
        revision: 0,
        text: 'Good morning',
      });
      expect(delivered!.author).not.toBe('');
      expect(delivered!.community).not.toBe('');
      expect(delivered!.channel).not.toBe('');
      expect(Math.abs(delivered!.postedAt.getTime() - before)).toBeLessThan(60_000);
    });

    it('delivers a text as it was written', async () => {
      const text = '  first\n\nsecond <b>bold</b> &amp; **stars** 🍋 سلام  ';
      await platform.post('Ana', text);
      expect(platform.moderation.received[0]!.text).toBe(text);
    });

    it('delivers each edit as a higher revision of the same message', async () => {
      const { message } = await platform.post('Ana', 'one');
      await platform.edit(message, 'two');
      await platform.edit(message, 'three');
      const delivered = platform.moderation.received;
      expect(delivered.map(({ text }) => text)).toEqual(['one', 'two', 'three']);
      expect(new Set(delivered.map((each) => each.message))).toEqual(new Set([message]));
      expect(delivered[1]!.revision).toBeGreaterThan(delivered[0]!.revision);
      expect(delivered[2]!.revision).toBeGreaterThan(delivered[1]!.revision);
      expect(delivered[2]!.postedAt).toEqual(delivered[0]!.postedAt);
    });

    it('delivers a deletion by the address that the post had', async () => {
      const { message } = await platform.post('Ana', 'one');
      await platform.remove(message);
      const [{ platform: name_, community, channel }] = platform.moderation.received as [
        (typeof platform.moderation.received)[0],
      ];
      expect(platform.moderation.removed).toEqual([{ platform: name_, community, channel, message }]);
    });

    it('gives two posts two identities', async () => {
      const first = await platform.post('Ana', 'same');
      const second = await platform.post('Ana', 'same');
      expect(first.message).not.toBe(second.message);
    });

    it('shows a card with the text, the author, the score and the language', async () => {
      await platform.connector.show(cardOf({ author: 'Paco', text: 'All the same' }), null);
      const [card] = await platform.shown();
      for (const words of ['All the same', 'Paco', '0.80', 'English']) expect(card!.words).toContain(words);
    });

    it('shows a card once, however often the same state is shown', async () => {
      const reference = await platform.connector.show(cardOf({}), null);
      expect(await platform.connector.show(cardOf({}), reference)).toEqual(reference);
      // A process that was killed before it could keep the reference shows the card again without one.
      expect(await platform.connector.show(cardOf({}), null)).toEqual(reference);
      expect(await platform.shown()).toHaveLength(1);
    });

    it('redraws a card in its place', async () => {
      const reference = await platform.connector.show(cardOf({}), null);
      const labels = [{ moderator: 'Sam', answer: 'not_polarized' as const, ...NO_DETAILS, at: new Date() }];
      const decided = cardOf({ state: 'decided', decision: 'not_polarized', labels });
      expect(await platform.connector.show(decided, reference)).toEqual(reference);
      const shown = await platform.shown();
      expect(shown).toEqual([{ reference, words: expect.stringContaining('Not polarized, says Sam.') }]);
    });

    it('shows two flags as two cards', async () => {
      const other = { flag: '11111111-1111-4111-8111-111111111111' };
      const message = { ...cardOf({}).message, message: 'm2' };
      await platform.connector.show(cardOf({}), null);
      await platform.connector.show(cardOf({ ...other, message }), null);
      expect(await platform.shown()).toHaveLength(2);
    });

    it('takes the text off a card whose post was removed', async () => {
      const reference = await platform.connector.show(cardOf({ text: 'a secret word' }), null);
      await platform.connector.show(cardOf({ text: null, state: 'removed' }), reference);
      const [card] = await platform.shown();
      expect(card!.words).not.toContain('a secret word');
      expect(card!.words).toMatch(/deleted/);
    });

    it('finishes the delivery in hand before it stops', async () => {
      const resume = platform.moderation.pause();
      const posting = platform.post('Ana', 'just in time');
      await platform.moderation.asked;
      let stopped = false;
      const stopping = platform.connector.stop().then(() => (stopped = true));
      await new Promise((resolve) => setImmediate(resolve));
      expect(stopped).toBe(false);
      resume();
      await stopping;
      expect(platform.moderation.received.map(({ text }) => text)).toEqual(['just in time']);
      await posting;
    });

    it('shows what the cap held back once, however often it is counted', async () => {
      const channel = { platform: platform.connector.platform, community: 'c', channel: 'general' };
      const summary = { id: '1', channel, hour: new Date('2026-05-04T10:00:00Z'), shown: 20, held: 3 };
      const reference = await platform.connector.showSummary(summary, null);
      expect(await platform.connector.showSummary({ ...summary, held: 4 }, reference)).toEqual(reference);
      expect(await platform.connector.showSummary({ ...summary, held: 4 }, null)).toEqual(reference);
    });

    it('shows a weekly report once, however often a language is added to it', async () => {
      const community = { platform: platform.connector.platform, community: 'c' };
      const lesson = {
        language: 'es',
        adapter: 'es-c1',
        version: '3fa2c19b04de',
        outcome: 'promoted' as const,
        corrections: 143,
        comparisons: [],
        volume: null,
        refusals: [],
      };
      const report = { id: '1', community, day: '2026-05-04', lessons: [lesson] };
      const reference = await platform.connector.showReport!(report, null);
      const more = { ...report, lessons: [lesson, { ...lesson, language: 'it', outcome: 'too-few' as const }] };
      expect(await platform.connector.showReport!(more, reference)).toEqual(reference);
      expect(await platform.connector.showReport!(more, null)).toEqual(reference);
    });

    it('can be stopped twice', async () => {
      await platform.connector.stop();
      await expect(platform.connector.stop()).resolves.toBeUndefined();
    });
  });
}
