import type { webApi } from '@slack/bolt';
import { EvenkeelError } from '../../runtime/errors.ts';

type Fetch = NonNullable<webApi.WebClientOptions['fetch']>;

/** Where Slack itself takes answers and files, on its commercial and its government cloud. */
const SLACKS = new Set(['hooks.slack.com', 'files.slack.com', 'hooks.slack-gov.com', 'files.slack-gov.com']);

const NOWHERE = { origin: '', protocol: '', host: 'no address', username: '' };

/**
 * `fetch` for Bolt, which sends answers and tokens to whatever address a payload or an answer names: only Slack's own hosts
 * and the API itself are asked, and redirects are not followed.
 */
export function createGuardedFetch(apiUrl: string): Fetch {
  const api = new URL(apiUrl).origin;
  return (url, init) => {
    const { origin, protocol, host, username } = URL.parse(String(url)) ?? NOWHERE;
    const known = origin === api || (protocol === 'https:' && SLACKS.has(host));
    if (!known || username !== '') {
      throw new EvenkeelError('network', `An answer was to go to ${host.slice(0, 100)}, which is not Slack`, {
        hint: 'Only hooks.slack.com, files.slack.com and the host of SLACK_API_URL are asked.',
      });
    }
    return globalThis.fetch(url, { ...init, redirect: 'error' });
  };
}
