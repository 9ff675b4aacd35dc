import { EvenkeelError, messageOf } from '../../runtime/errors.ts';
import { withoutSecrets } from './bolt-log.ts';

const REFUSED =
  /invalid_auth|not_authed|not_allowed_token_type|account_inactive|token_revoked|token_expired|missing_scope|invalid_token/;

const HINTS = {
  SLACK_APP_TOKEN:
    'Make an app-level token (xapp-…) with the scope connections:write, on the page Basic Information of your app.',
  SLACK_BOT_TOKEN: 'Copy the Bot User OAuth Token (xoxb-…) of the page OAuth & Permissions of your app.',
};

/** What a person can do about a connection that cannot be made with a token. */
export function explained(error: unknown, token: keyof typeof HINTS): EvenkeelError {
  if (error instanceof EvenkeelError) return error;
  const reason = withoutSecrets(messageOf(error));
  if (REFUSED.test(reason)) {
    return new EvenkeelError('config', `Slack does not accept ${token}: ${reason}`, {
      hint: HINTS[token],
      cause: error,
    });
  }
  return new EvenkeelError('network', `Slack cannot be reached: ${reason}`, {
    hint: 'Check the connection of this machine, and SLACK_API_URL if it is set.',
    cause: error,
  });
}
