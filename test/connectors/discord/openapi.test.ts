import { expect, test } from 'vitest';
import { openapiFaults } from './server/openapi.ts';

const CARD = { flags: 1 << 15, components: [{ type: 10, content: 'Hello' }], allowed_mentions: { parse: [] } };

test("Discord's OpenAPI document allows a message as it should be, and refuses one with a field too long, of a wrong type or unknown", () => {
  const faults = (body: Record<string, unknown>): string[] => openapiFaults('POST', '/channels/1/messages', body);
  expect(faults(CARD)).toEqual([]);
  expect(faults({ content: 'x'.repeat(4001) })).not.toEqual([]);
  expect(faults({ ...CARD, components: [{ type: 10, content: 5 }] })).not.toEqual([]);
  expect(faults({ ...CARD, components: [{ type: 10, content: 'Hello', colour: 1 }] })).not.toEqual([]);
  expect(faults({ ...CARD, colour: 1 })).not.toEqual([]);
});

test("a path that Discord's OpenAPI document does not have is named", () => {
  expect(openapiFaults('GET', '/users/@me', {})).toEqual([]);
  expect(openapiFaults('GET', '/channels/1/flags', {})).toEqual([
    'GET /channels/1/flags is not in the OpenAPI document',
  ]);
});
