import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { EvenkeelError } from './errors.ts';
import { Secret } from './secrets.ts';

/** What the environment says about the Hugging Face hub, in the variables that huggingface_hub reads. */
export interface HubSettings {
  /** HF_ENDPOINT, without a slash at its end. */
  endpoint: string;
  /** HF_TOKEN, else what `hf auth login` has stored. */
  token: Secret<string> | null;
  cache: string;
  /** HF_HUB_OFFLINE: nothing is asked of the hub. */
  offline: boolean;
}

type Env = NodeJS.ProcessEnv;

/** The folder that every program of this user keeps models in: HF_HUB_CACHE, else below HF_HOME or XDG_CACHE_HOME. */
export function hubCache(env: Env): string {
  return pathOf(given(env, 'HF_HUB_CACHE') ?? given(env, 'HUGGINGFACE_HUB_CACHE') ?? join(hubHome(env), 'hub'));
}

/** Throws a `config` error where HF_ENDPOINT or the token cannot be used. */
export function loadHubSettings(env: Env): HubSettings {
  return {
    endpoint: endpointOf(given(env, 'HF_ENDPOINT') ?? 'https://huggingface.co'),
    token: tokenOf(env),
    cache: hubCache(env),
    offline: ['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE'].some((name) =>
      /^(1|on|yes|true)$/i.test(given(env, name) ?? ''),
    ),
  };
}

function hubHome(env: Env): string {
  return given(env, 'HF_HOME') ?? join(given(env, 'XDG_CACHE_HOME') ?? join(homedir(), '.cache'), 'huggingface');
}

function endpointOf(text: string): string {
  const url = URL.parse(text);
  if (url !== null && /^https?:$/.test(url.protocol) && url.search === '' && url.hash === '')
    return text.trim().replace(/\/+$/, '');
  throw new EvenkeelError('config', `HF_ENDPOINT is ${JSON.stringify(text)}, which is not the address of a hub`, {
    hint: 'Write it as https://host, or unset it to use https://huggingface.co.',
  });
}

function tokenOf(env: Env): Secret<string> | null {
  const own = given(env, 'HF_TOKEN') ?? given(env, 'HUGGING_FACE_HUB_TOKEN');
  const file = pathOf(given(env, 'HF_TOKEN_PATH') ?? join(hubHome(env), 'token'));
  const token = (own ?? readOptional(file))?.trim();
  if (token === undefined || token === '') return null;
  // It goes into a header: anything else there would be refused later, with the token in the message.
  if (/^[\x21-\x7e]+$/.test(token)) return new Secret(token);
  throw new EvenkeelError('config', `${own === undefined ? file : 'HF_TOKEN'} does not hold a token of the hub`, {
    hint: 'A token is one word that starts with hf_; https://huggingface.co/settings/tokens makes them.',
  });
}

function readOptional(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    // Absent or not this user's: models that need no token can still be had.
    return undefined;
  }
}

/** As huggingface_hub takes it: `~` is the home folder. */
function pathOf(text: string): string {
  return resolve(text.replace(/^~(?=$|[/\\])/, () => homedir()));
}

function given(env: Env, name: string): string | undefined {
  const value = env[name];
  return value === undefined || value === '' ? undefined : value;
}
