import { EvenkeelError } from './errors.ts';
import { Secret } from './secrets.ts';

/** An app of a platform, as it signs people in. */
export interface OAuthClient {
  clientId: string;
  clientSecret: Secret<string>;
}

/** With which platforms people sign in to the console; null for those that are not set up. */
export interface SignInConfig {
  discord: OAuthClient | null;
  slack: OAuthClient | null;
}

/** Throws a `config` error where only one of the two is set; never shows a value. */
export function signInSettings(env: NodeJS.ProcessEnv): SignInConfig {
  return { discord: clientOf(env, 'DISCORD'), slack: clientOf(env, 'SLACK') };
}

function clientOf(env: NodeJS.ProcessEnv, platform: 'DISCORD' | 'SLACK'): OAuthClient | null {
  const [id, secret] =
    platform === 'DISCORD'
      ? ['DISCORD_CLIENT_ID', 'DISCORD_CLIENT_SECRET']
      : ['SLACK_CLIENT_ID', 'SLACK_CLIENT_SECRET'];
  const clientId = env[id]?.trim() || null;
  const clientSecret = env[secret]?.trim() || null;
  if (clientId === null && clientSecret === null) return null;
  if (clientId === null || clientSecret === null) {
    throw new EvenkeelError(
      'config',
      `${clientId === null ? id : secret} is not set, and ${clientId === null ? secret : id} is`,
      {
        hint: 'Set both, from the page of the app at its platform, or neither.',
      },
    );
  }
  return { clientId, clientSecret: new Secret(clientSecret) };
}
