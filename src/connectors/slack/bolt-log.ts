import type { Logger as BoltLogger } from '@slack/bolt';
import { LogLevel } from '@slack/bolt';
import { reasonOf } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';

/** Tokens, addresses that are secrets themselves, and whatever follows a word that announces one. */
const SECRETS = /xox[a-z]-[\w-]+|xapp-[\w-]+|https?:\/\/hooks\.slack\S+|ticket=[^&\s]+|(code|state|secret)=[^&\s]+/gi;
const LONGEST = 300;

/** Bolt's log in ours. What it says at its level debug holds texts and secrets: that is never written. */
export function boltLog(log: Logger): BoltLogger {
  const told =
    (level: 'debug' | 'warn' | 'error') =>
    (...said: unknown[]): void =>
      log[level]('bolt', { reason: withoutSecrets(said.map(wordsOf).join(' ')) });
  return {
    debug: () => {},
    info: told('debug'),
    warn: told('warn'),
    error: told('error'),
    getLevel: () => LogLevel.INFO,
    setLevel: () => {},
    setName: () => {},
  };
}

/** An error's own words; what hangs on it (a request, a body) stays out. */
function wordsOf(said: unknown): string {
  return typeof said === 'string' ? said : said instanceof Error ? reasonOf(said) : typeof said;
}

export function withoutSecrets(text: string): string {
  return text.replaceAll(SECRETS, '[secret]').slice(0, LONGEST);
}
