import { expect, it } from 'vitest';
import { createLocalConnector } from '../../../src/connectors/local/connector.ts';
import { MemoryModeration } from '../memory-moderation.ts';
import { ask } from './client.ts';

it('records consent to train, trains now, lists the community’s own versions and goes back', async () => {
  const moderation = new MemoryModeration();
  const chat = createLocalConnector({ moderation });
  await chat.start();
  const linesOf = async (text: string): Promise<string> => {
    const command = { text, moderator: 'Sam', channel: 'general' };
    const response = await ask(chat.routes, 'POST', '/api/local/commands', command);
    return ((await response.json()) as { lines: string[] }).lines.join('\n');
  };
  expect(await linesOf('/keel-admin model retrain')).toMatch(/is off|training/i);
  expect(await linesOf('/keel-admin training local-only')).toMatch(/permission/);
  expect(await linesOf('/keel-admin training local-only T-1')).toMatch(/T-1/);
  expect(await linesOf('/keel-admin training')).toMatch(/T-1.*Sam|Sam.*T-1/);
  expect(await linesOf('/keel-admin model retrain')).toMatch(/^Training begins/);
  expect(await linesOf('/keel-admin model versions')).toMatch(/^No version/);
  const trainedAt = new Date('2026-11-23T03:00:00Z');
  moderation.ownVersions.push({ language: 'en', version: '0123456789ab', state: 'active', trainedAt });
  expect(await linesOf('/keel-admin model versions')).toBe('English 0123456, trained on 2026-11-23: answers now');
  expect(await linesOf('/keel-admin model rollback language:es')).toMatch(/^Nothing of your own/);
  expect(await linesOf('/keel-admin model rollback')).toMatch(/^English: 0123456 answers no more/);
  expect(await linesOf('/keel-admin model versions')).toMatch(/answered before$/);
  expect(await linesOf('/keel-admin training off')).not.toMatch(/T-1/);
  await chat.stop();
});
