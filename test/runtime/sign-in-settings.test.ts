import { expect, it } from 'vitest';
import { signInSettings } from '../../src/runtime/sign-in-settings.ts';

it('is off until an app is named with its secret', () => {
  expect(signInSettings({})).toEqual({ discord: null, slack: null });
  const { discord, slack } = signInSettings({ DISCORD_CLIENT_ID: '1', DISCORD_CLIENT_SECRET: 'hush' });
  expect([discord?.clientId, discord?.clientSecret.reveal(), slack]).toEqual(['1', 'hush', null]);
});

it.each([
  [{ DISCORD_CLIENT_ID: '1' }, /^DISCORD_CLIENT_SECRET is not set, and DISCORD_CLIENT_ID is$/],
  [{ SLACK_CLIENT_SECRET: 'hush' }, /^SLACK_CLIENT_ID is not set, and SLACK_CLIENT_SECRET is$/],
])('says which of the two is missing: %j', (env, message) => {
  expect(() => signInSettings(env)).toThrow(message);
});
