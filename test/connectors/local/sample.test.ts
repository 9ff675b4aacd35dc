import { describe, expect, it } from 'vitest';
import { createLocalConnector } from '../../../src/connectors/local/connector.ts';
import { SAMPLE_CONVERSATION } from '../../../src/connectors/local/sample-conversation.ts';
import { chooseFlag } from '../../../src/connectors/local/sample-player.ts';
import { MemoryModeration } from '../memory-moderation.ts';
import { EventFeed, ask } from './client.ts';

describe('the sample conversation', () => {
  it('is short, and has members who agree, who are heated and who are polarized', () => {
    expect(SAMPLE_CONVERSATION.length).toBeGreaterThanOrEqual(12);
    expect(SAMPLE_CONVERSATION.length).toBeLessThanOrEqual(16);
    expect(SAMPLE_CONVERSATION.filter(({ polarized }) => polarized).length).toBeGreaterThanOrEqual(3);
  });

  it('is played once at a time, flags some of it, and corrects one flag', async () => {
    const moderation = new MemoryModeration();
    const chat = createLocalConnector({ moderation, samplePaceMs: 1 });
    moderation.connector = chat;
    await chat.start();
    const feed = await EventFeed.open(chat.routes);

    expect((await ask(chat.routes, 'POST', '/api/local/sample', {})).status).toBe(202);
    expect((await ask(chat.routes, 'POST', '/api/local/sample', {})).status).toBe(409);
    await chat.playSample();
    await feed.find('sample', ({ playing }) => !playing);

    expect(moderation.received.map(({ text }) => text)).toEqual(SAMPLE_CONVERSATION.map(({ text }) => text));
    const { card } = await feed.find('card', ({ card: { state } }) => state === 'decided');
    expect(card).toMatchObject({ author: 'Tom', status: 'Not polarized, says Sam (demo).' });
    expect((await moderation.queue({ community: { platform: 'local', community: 'local' } })).length).toBeGreaterThan(
      1,
    );
    await chat.stop();
    await feed.ended;
  });

  it('breaks off when the chat stops', async () => {
    const moderation = new MemoryModeration();
    const chat = createLocalConnector({ moderation, samplePaceMs: 3_600_000 });
    await chat.start();
    const playing = chat.playSample();
    await moderation.asked;
    await chat.stop();
    await playing;
    expect(moderation.received).toHaveLength(1);
  });
});

describe('the demo moderator', () => {
  it('corrects a flag that was not deserved before agreeing with one that was', () => {
    const flagged = new Map([
      ['deserved', { polarized: true }],
      ['undeserved', { polarized: false }],
    ]);
    expect(chooseFlag(flagged)).toEqual({ flag: 'undeserved', answer: 'not_polarized' });
  });

  it('agrees with the first flag where all were deserved', () => {
    const flagged = new Map([
      ['one', { polarized: true }],
      ['two', { polarized: true }],
    ]);
    expect(chooseFlag(flagged)).toEqual({ flag: 'one', answer: 'polarized' });
  });

  it('leaves it where nothing was flagged', () => {
    expect(chooseFlag(new Map())).toBeNull();
  });
});
