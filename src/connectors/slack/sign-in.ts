import { webApi } from '@slack/bolt';
import type { SignInProvider } from '../../domain/sign-in.ts';
import { EvenkeelError } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import type { Secret } from '../../runtime/secrets.ts';
import type { OAuthClient } from '../../runtime/sign-in-settings.ts';
import type { Moderation } from '../moderation.ts';
import { Access } from './access.ts';
import { boltLog } from './bolt-log.ts';
import { createInstallPages } from './install-pages.ts';
import type { KeptInstallations } from './installations.ts';
import { People } from './people.ts';
import { Workspaces } from './workspaces.ts';

export interface SlackSignInOptions extends OAuthClient {
  moderation: Pick<Moderation, 'settings'>;
  apiUrl: string;
  botToken: Secret<string> | null;
  /** Null where the app is in one workspace. */
  installations: KeptInstallations | null;
  log: Logger;
  signal: AbortSignal;
}

/**
 * Signs people in with Slack (OpenID Connect, scope `openid`): Slack says which workspace they come from and as whom, and
 * our app, installed there, whether they moderate or run it. Their own token is not used for anything.
 */
export function createSlackSignIn(options: SlackSignInOptions): SignInProvider {
  const { clientId, clientSecret, apiUrl, installations, moderation, log } = options;
  const forBolt = boltLog(log);
  const workspaces = new Workspaces({ ...options, userToken: null, boltLog: forBolt });
  const { clientOptions } = workspaces;
  if (installations !== null) {
    // Only to find tokens: the connector has the pages that install.
    const given = { kept: installations, onInstalled: () => {}, apiUrl, clientOptions, boltLog: forBolt };
    workspaces.findToken = createInstallPages({ clientId, clientSecret }, given).findToken;
  }
  const access = new Access(moderation, new People());

  return {
    platform: 'slack',
    address({ redirect, state, nonce }) {
      const address = new URL('/openid/connect/authorize', apiUrl);
      address.search = new URLSearchParams({
        response_type: 'code',
        client_id: clientId,
        scope: 'openid',
        redirect_uri: redirect,
        state,
        nonce,
      }).toString();
      return address.href;
    },
    async grants(code, { redirect, nonce }) {
      const answer = await new webApi.WebClient(undefined, clientOptions).openid.connect.token({
        grant_type: 'authorization_code',
        client_id: clientId,
        client_secret: clientSecret.reveal(),
        code,
        redirect_uri: redirect,
      } as never);
      const claims = claimsOf(answer.id_token);
      const { [TEAM]: community, [USER]: user } = claims;
      if (claims['aud'] !== clientId || claims['nonce'] !== nonce)
        throw refused('its answer was made for another sign-in');
      if (typeof community !== 'string' || typeof user !== 'string') throw refused('it did not say who someone is');
      const rights = await workspaces.client(community).then(
        (client) => access.rightsOf(client, community, user),
        (error: unknown) => {
          // A workspace that we are not in has nothing to show.
          if (error instanceof EvenkeelError && error.code === 'input') return null;
          throw error;
        },
      );
      if (rights === null || !(rights.moderator || rights.administrator)) return [];
      return [{ platform: 'slack', community, administrator: rights.administrator }];
    },
  };
}

const TEAM = 'https://slack.com/team_id';
const USER = 'https://slack.com/user_id';

/**
 * What the token says. It comes from Slack itself over a connection that we opened, so that its signature need not be
 * checked (OpenID Connect Core 1.0, 3.1.3.7, 6).
 */
function claimsOf(token: string | undefined): Record<string, unknown> {
  try {
    return JSON.parse(Buffer.from(token!.split('.')[1]!, 'base64url').toString('utf8')) as Record<string, unknown>;
  } catch {
    throw refused('its answer holds no id_token');
  }
}

function refused(reason: string): EvenkeelError {
  return new EvenkeelError('network', `Slack’s sign-in cannot be used: ${reason}`, {
    hint: 'Try again; if it stays so, check SLACK_CLIENT_ID and the redirect address on the page of the app at Slack.',
  });
}
