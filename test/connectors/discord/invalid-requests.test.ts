import { describe, expect, it } from 'vitest';
import { InvalidRequests } from '../../../src/connectors/discord/invalid-requests.ts';

describe('requests that Discord refuses', () => {
  it('are stopped long before it bans the address, and go on ten minutes later', () => {
    let now = 0;
    const invalid = new InvalidRequests(3, () => now);
    for (const status of [401, 403, 429]) {
      invalid.check();
      invalid.count(status, null);
    }
    expect(() => invalid.check()).toThrow(/refused 3 requests/);
    now = 10 * 60_000;
    invalid.check();
    invalid.count(403, null);
    invalid.check();
  });

  it('count only where the bot is at fault', () => {
    const invalid = new InvalidRequests(1, () => 0);
    for (const status of [200, 204, 400, 404, 500]) invalid.count(status, null);
    invalid.count(429, 'shared');
    invalid.check();
  });
});
