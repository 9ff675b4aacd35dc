import { createHash, randomUUID } from 'node:crypto';
import type { APIUser } from 'discord.js';
import { ApiError, unauthorized } from './api-error.ts';
import type { GuildWorld } from './guild-world.ts';
import { textOf } from './json.ts';

interface Round {
  user: string;
  redirect: string;
  challenge: string;
  scopes: string[];
}

/** Sign-in with Discord as topics/oauth2 has it; whoever is `person` agrees at once. */
export class OAuth {
  readonly clientId = '111222333444555666';
  readonly clientSecret = 'discord-client-secret';
  /** Addresses that the application's page lists; others are refused. */
  readonly redirects = new Set<string>();
  readonly tokens = new Map<string, Round>();
  readonly #codes = new Map<string, Round>();
  readonly #world: GuildWorld;
  /** Null: they do not agree. */
  person: APIUser | null = null;

  constructor(world: GuildWorld) {
    this.#world = world;
  }

  /** Where the browser is sent back to; a string is what Discord's page says instead. */
  authorize(query: URLSearchParams): URL | string {
    const redirect = query.get('redirect_uri') ?? '';
    if (query.get('client_id') !== this.clientId || query.get('response_type') !== 'code') return 'Unknown application';
    if (!this.redirects.has(redirect)) return 'Invalid OAuth2 redirect_uri';
    if (query.get('code_challenge_method') !== 'S256') return 'Invalid code_challenge_method';
    const back = new URL(redirect);
    back.searchParams.set('state', query.get('state') ?? '');
    if (this.person === null) {
      back.searchParams.set('error', 'access_denied');
      return back;
    }
    const code = randomUUID();
    const scopes = (query.get('scope') ?? '').split(' ');
    const round = { user: this.person.id, redirect, challenge: query.get('code_challenge') ?? '', scopes };
    this.#codes.set(code, round);
    back.searchParams.set('code', code);
    return back;
  }

  /** A code is worth one exchange, for whoever began. */
  exchange(form: Record<string, unknown>, authorization: string): unknown {
    this.#mustBeClient(authorization);
    const code = textOf(form['code']);
    const round = this.#codes.get(code);
    this.#codes.delete(code);
    const verifier = createHash('sha256').update(textOf(form['code_verifier'])).digest('base64url');
    const right = round !== undefined && form['redirect_uri'] === round.redirect && verifier === round.challenge;
    if (!right || form['grant_type'] !== 'authorization_code') throw new ApiError(400, 0, 'invalid_grant');
    const token = randomUUID();
    this.tokens.set(token, round);
    return { access_token: token, token_type: 'Bearer', expires_in: 604_800, scope: round.scopes.join(' ') };
  }

  revoke(form: Record<string, unknown>, authorization: string): unknown {
    this.#mustBeClient(authorization);
    this.tokens.delete(textOf(form['token']));
    return {};
  }

  /** The guilds of the person, with what they may do there as numbers in text (resources/user#get-current-user-guilds). */
  guilds(authorization: string): unknown {
    const round = this.tokens.get(/^Bearer (.+)$/.exec(authorization)?.[1] ?? '');
    if (round === undefined || !round.scopes.includes('guilds')) throw unauthorized();
    return [...this.#world.guilds.values()]
      .filter(({ members }) => members.has(round.user))
      .map((guild) => ({
        id: guild.id,
        name: guild.name,
        owner: guild.owner === round.user,
        permissions: String(this.#world.permissionsOf(guild, round.user)),
      }));
  }

  #mustBeClient(authorization: string): void {
    const expected = Buffer.from(`${this.clientId}:${this.clientSecret}`).toString('base64');
    if (authorization !== `Basic ${expected}`) throw new ApiError(401, 0, 'invalid_client');
  }
}
