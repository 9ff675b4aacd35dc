import { createHmac } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { HTTPReceiver } from '@slack/bolt';
import type { Logger as BoltLogger, webApi } from '@slack/bolt';
import type { SlackOAuth } from '../../runtime/slack-settings.ts';
import { SCOPES } from './examine.ts';
import { boltStore } from './installations.ts';
import type { KeptInstallations } from './installations.ts';
import type { FindToken } from './workspaces.ts';

const INSTALL = '/slack/install';
const REDIRECT = '/slack/oauth_redirect';

export interface InstallPages {
  /** Answers a request for one of the pages; false where it is for none. */
  serve(request: IncomingMessage, response: ServerResponse): boolean;
  findToken: FindToken;
}

/**
 * The pages through which people install the app in their workspace or organization: Bolt's own, with its state in a signed
 * cookie and its rotation of tokens.
 */
export function createInstallPages(
  { clientId, clientSecret }: Pick<SlackOAuth, 'clientId' | 'clientSecret'>,
  {
    kept,
    onInstalled,
    apiUrl,
    clientOptions,
    boltLog,
  }: {
    kept: KeptInstallations;
    /** Hears of the workspace or organization, and of it again where its tokens are changed. */
    onInstalled: (id: string) => void;
    apiUrl: string;
    clientOptions: webApi.WebClientOptions;
    boltLog: BoltLogger;
  },
): InstallPages {
  const secret = clientSecret.reveal();
  const api = new URL(apiUrl);
  const receiver = new HTTPReceiver({
    // It takes no events: the door does.
    signingSecret: '',
    signatureVerification: false,
    endpoints: [],
    logger: boltLog,
    clientId,
    clientSecret: secret,
    stateSecret: createHmac('sha256', secret).update('evenkeel: state of an installation').digest('hex'),
    scopes: [...SCOPES, 'usergroups:read'],
    installationStore: boltStore(kept, onInstalled),
    installerOptions: {
      clientOptions,
      installPath: INSTALL,
      redirectUriPath: REDIRECT,
      ...(api.hostname !== 'slack.com' && { authorizationUrl: `${api.origin}/oauth/v2/authorize` }),
    },
  });
  return {
    serve(request, response) {
      const path = URL.parse(request.url ?? '/', 'http://localhost')?.pathname;
      if (path !== INSTALL && path !== REDIRECT) return false;
      receiver.requestListener(request, response);
      return true;
    },
    findToken: ({ teamId, enterpriseId }) =>
      receiver.installer!.authorize({ teamId, enterpriseId, isEnterpriseInstall: teamId === undefined }),
  };
}
