import { EvenkeelError } from './errors.ts';
import { Secret } from './secrets.ts';

/** How Slack reaches the app. */
export type SlackTransport =
  | { kind: 'socket'; appToken: Secret<string> }
  /** Undefined `host`: every address of this machine. Port 0 takes any free one. */
  | { kind: 'http'; signingSecret: Secret<string>; host: string | undefined; port: number };

export interface SlackConfig {
  /** With a slash at the end: `https://slack.com/api/`. */
  apiUrl: string;
  /** The app in one workspace; null where people install it themselves. */
  botToken: Secret<string> | null;
  userToken: Secret<string> | null;
  transport: SlackTransport;
  /** Null where the app is in one workspace. */
  oauth: SlackOAuth | null;
}

/** Where people install the app themselves: `/slack/install` on this port. */
export interface SlackOAuth {
  clientId: string;
  clientSecret: Secret<string>;
  host: string | undefined;
  port: number;
}

const DEFAULT_API = 'https://slack.com/api/';
const DEFAULT_PORT = 3000;

/**
 * Slack's settings from the environment; null where there are none. Throws a `config` error that names the variable, and never
 * its value.
 */
export function slackSettings(env: NodeJS.ProcessEnv): SlackConfig | null {
  const read = (name: string): string | null => env[name]?.trim() || null;
  const secret = (name: string, like: RegExp, example: string): Secret<string> | null => {
    const value = read(name);
    if (value === null) return null;
    if (!like.test(value)) throw bad(name, `it must be ${example}`);
    return new Secret(value);
  };

  const botToken = secret('SLACK_BOT_TOKEN', /^xoxb-/, 'a bot token, xoxb-…');
  const clientId = read('SLACK_CLIENT_ID');
  if (botToken === null && clientId === null) return null;
  const clientSecret = secret('SLACK_CLIENT_SECRET', /./, 'a client secret');
  if (botToken === null && clientSecret === null)
    throw bad('SLACK_CLIENT_SECRET', 'it must be set beside SLACK_CLIENT_ID');

  const host = read('SLACK_HOST') ?? undefined;
  const port = portOf(read('SLACK_PORT'));
  const appToken = secret('SLACK_APP_TOKEN', /^xapp-/, 'an app-level token, xapp-…');
  const signingSecret = secret('SLACK_SIGNING_SECRET', /./, 'a signing secret');
  return {
    apiUrl: apiUrlOf(read('SLACK_API_URL')),
    botToken,
    userToken: secret('SLACK_USER_TOKEN', /^xoxp-/, 'a user token, xoxp-…'),
    transport: transportOf(appToken, signingSecret, host, port),
    // With a token of its own the app is in that workspace alone, whatever else its page at Slack shows.
    oauth: botToken !== null || clientId === null ? null : { clientId, clientSecret: clientSecret!, host, port },
  };
}

function transportOf(
  appToken: Secret<string> | null,
  signingSecret: Secret<string> | null,
  host: string | undefined,
  port: number,
): SlackTransport {
  if (appToken !== null) return { kind: 'socket', appToken };
  if (signingSecret !== null) return { kind: 'http', signingSecret, host, port };
  throw new EvenkeelError(
    'config',
    'Slack has no way to reach this process: neither an app token nor a signing secret is set',
    {
      hint: 'Set SLACK_APP_TOKEN for Socket Mode, or SLACK_SIGNING_SECRET to take requests on SLACK_PORT.',
    },
  );
}

function apiUrlOf(value: string | null): string {
  const url = value === null ? DEFAULT_API : `${value.replace(/\/+$/, '')}/`;
  if (!/^https?:$/.test(URL.parse(url)?.protocol ?? ''))
    throw bad('SLACK_API_URL', `it must be an address such as ${DEFAULT_API}`);
  return url;
}

function portOf(value: string | null): number {
  if (value === null) return DEFAULT_PORT;
  const port = Number(value);
  if (!/^\d+$/.test(value) || port > 65_535) throw bad('SLACK_PORT', 'it must be a whole number from 0 to 65535');
  return port;
}

function bad(name: string, rule: string): EvenkeelError {
  return new EvenkeelError('config', `${name} cannot be used: ${rule}`, {
    hint: `Correct ${name}, or unset it. README, "Slack", says where each value comes from.`,
  });
}
