import { createHash } from 'node:crypto';
import { PermissionFlagsBits } from 'discord.js';
import type { APIGuild } from 'discord.js';
import type { SignInProvider } from '../../domain/sign-in.ts';
import { EvenkeelError } from '../../runtime/errors.ts';
import type { OAuthClient } from '../../runtime/sign-in-settings.ts';
import { has } from './permissions.ts';

/** Which guilds someone is in, and what they may do there; not even who they are. */
const SCOPE = 'guilds';
const TIMEOUT_MS = 10_000;

type PartialGuild = Pick<APIGuild, 'id' | 'owner'> & { permissions: string };

/**
 * Signs people in with Discord (topics/oauth2, authorization code with PKCE): whoever may manage messages of a guild
 * moderates it, whoever may manage it runs it, as with the commands. Their token is given back at once.
 */
export function createDiscordSignIn({ clientId, clientSecret, url }: OAuthClient & { url: string }): SignInProvider {
  const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret.reveal()}`).toString('base64')}`;

  async function ask<T>(path: string, init: RequestInit): Promise<T> {
    const response = await fetch(`${url}/v10${path}`, {
      ...init,
      redirect: 'error',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    if (!response.ok) {
      throw new EvenkeelError('network', `Discord refused the sign-in: ${path} answered ${response.status}`, {
        hint: 'Check DISCORD_CLIENT_ID, DISCORD_CLIENT_SECRET and the redirect address on the page of the application at Discord.',
      });
    }
    return (await response.json()) as T;
  }
  const post = <T>(path: string, form: Record<string, string>): Promise<T> =>
    ask(path, { method: 'POST', headers: { authorization: basic }, body: new URLSearchParams(form) });

  return {
    platform: 'discord',
    address({ redirect, state, verifier }) {
      const address = new URL('/oauth2/authorize', url);
      address.search = new URLSearchParams({
        response_type: 'code',
        client_id: clientId,
        scope: SCOPE,
        redirect_uri: redirect,
        state,
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        prompt: 'none',
      }).toString();
      return address.href;
    },
    async grants(code, { redirect, verifier }) {
      const form = { grant_type: 'authorization_code', code, redirect_uri: redirect, code_verifier: verifier };
      const { access_token: token } = await post<{ access_token: string }>('/oauth2/token', form);
      try {
        const guilds = await ask<PartialGuild[]>('/users/@me/guilds', {
          headers: { authorization: `Bearer ${token}` },
        });
        return guilds.flatMap(({ id, owner, permissions }) => {
          const bits = BigInt(permissions);
          const administrator =
            owner === true ||
            has(bits, PermissionFlagsBits.Administrator) ||
            has(bits, PermissionFlagsBits.ManageGuild);
          const moderator = administrator || has(bits, PermissionFlagsBits.ManageMessages);
          return moderator ? [{ platform: 'discord' as const, community: id, administrator }] : [];
        });
      } finally {
        await post('/oauth2/token/revoke', { token, token_type_hint: 'access_token' }).catch(() => {});
      }
    },
  };
}
