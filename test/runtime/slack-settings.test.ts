import { expect, test } from 'vitest';
import { slackSettings } from '../../src/runtime/slack-settings.ts';

const BOT = { SLACK_BOT_TOKEN: 'xoxb-1' };
const MANY = { SLACK_CLIENT_ID: '1.2', SLACK_CLIENT_SECRET: 'quiet', SLACK_SIGNING_SECRET: 'shh' };

test('there is no Slack without a token or a client', () => {
  expect(slackSettings({})).toBeNull();
  expect(slackSettings({ SLACK_SIGNING_SECRET: 'shh' })).toBeNull();
});

test('an app token is Socket Mode, whatever else is set', () => {
  const settings = slackSettings({ ...BOT, SLACK_APP_TOKEN: 'xapp-1', SLACK_SIGNING_SECRET: 'shh' });
  expect(settings).toMatchObject({ apiUrl: 'https://slack.com/api/', transport: { kind: 'socket' }, oauth: null });
});

test('a signing secret takes requests on port 3000, or another', () => {
  const given = { ...BOT, SLACK_SIGNING_SECRET: 'shh', SLACK_API_URL: 'http://127.0.0.1:9/api' };
  expect(slackSettings(given)).toMatchObject({
    apiUrl: 'http://127.0.0.1:9/api/',
    transport: { kind: 'http', port: 3000 },
  });
  expect(slackSettings({ ...given, SLACK_PORT: '8080' })).toMatchObject({ transport: { port: 8080 } });
});

test('people install the app themselves where it has no token of its own', () => {
  expect(slackSettings(MANY)).toMatchObject({ botToken: null, oauth: { clientId: '1.2', port: 3000 } });
  expect(slackSettings({ ...MANY, ...BOT })).toMatchObject({ oauth: null });
});

test.each([
  [{ ...BOT }, /neither an app token nor a signing secret/],
  [{ ...BOT, SLACK_APP_TOKEN: 'secret-of-another-kind' }, /SLACK_APP_TOKEN/],
  [{ SLACK_BOT_TOKEN: 'secret-of-another-kind' }, /SLACK_BOT_TOKEN/],
  [{ SLACK_CLIENT_ID: '1.2', SLACK_SIGNING_SECRET: 'shh' }, /SLACK_CLIENT_SECRET/],
  [{ ...MANY, SLACK_PORT: '70000' }, /SLACK_PORT/],
  [{ ...MANY, SLACK_API_URL: 'slack.com' }, /SLACK_API_URL/],
])('a setting that cannot be is named, and its value is not told: %j', (env, words) => {
  expect(() => slackSettings(env)).toThrow(words);
  expect(() => slackSettings(env)).not.toThrow(/secret-of-another-kind/);
});

test('secrets do not print', () => {
  expect(JSON.stringify(slackSettings({ ...MANY }))).not.toMatch(/quiet|shh/);
});
