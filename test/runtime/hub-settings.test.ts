import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hubCache, loadHubSettings } from '../../src/runtime/hub-settings.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hub-home-'));
});
afterEach(() => rmSync(home, { recursive: true }));

describe('the cache of the hub is where huggingface_hub has it', () => {
  it.each([
    [{}, join(homedir(), '.cache', 'huggingface', 'hub')],
    [{ XDG_CACHE_HOME: '/x' }, '/x/huggingface/hub'],
    [{ XDG_CACHE_HOME: '/x', HF_HOME: '/h' }, '/h/hub'],
    [{ HF_HOME: '~/models' }, join(homedir(), 'models', 'hub')],
    [{ HF_HOME: '/h', HUGGINGFACE_HUB_CACHE: '/old' }, '/old'],
    [{ HF_HOME: '/h', HUGGINGFACE_HUB_CACHE: '/old', HF_HUB_CACHE: '/c' }, '/c'],
    [{ HF_HUB_CACHE: '', HF_HOME: '/h' }, '/h/hub'],
    [{ HF_HUB_CACHE: 'here' }, resolve('here')],
  ])('%j: %s', (env, folder) => {
    expect(hubCache(env)).toBe(folder);
  });
});

describe('the settings of the hub', () => {
  it('need nothing', () => {
    expect(loadHubSettings({ HF_HOME: home })).toEqual({
      endpoint: 'https://huggingface.co',
      token: null,
      cache: join(home, 'hub'),
      offline: false,
    });
  });

  it.each(['1', 'ON', 'yes', 'True'])('are offline where HF_HUB_OFFLINE is %s', (value) => {
    expect(loadHubSettings({ HF_HOME: home, HF_HUB_OFFLINE: value }).offline).toBe(true);
    expect(loadHubSettings({ HF_HOME: home, HF_HUB_OFFLINE: '0', TRANSFORMERS_OFFLINE: value }).offline).toBe(true);
  });

  it('have the token of the environment, else the one that was stored', () => {
    const token = (env: NodeJS.ProcessEnv): string | undefined =>
      loadHubSettings({ HF_HOME: home, ...env }).token?.reveal();
    writeFileSync(join(home, 'token'), 'hf_stored\n');
    writeFileSync(join(home, 'other'), 'hf_other');
    expect(token({})).toBe('hf_stored');
    expect(token({ HF_TOKEN_PATH: join(home, 'other') })).toBe('hf_other');
    expect(token({ HUGGING_FACE_HUB_TOKEN: 'hf_old', HF_TOKEN: ' hf_given ' })).toBe('hf_given');
    expect(() => token({ HF_TOKEN: 'hf_two words' })).toThrow(/^HF_TOKEN does not hold a token of the hub$/);
  });

  it('take another hub, and refuse what is no address', () => {
    expect(loadHubSettings({ HF_HOME: home, HF_ENDPOINT: 'https://hub.example.org/models/' }).endpoint).toBe(
      'https://hub.example.org/models',
    );
    for (const wrong of ['hub.example.org', 'ftp://hub.example.org', 'https://a/?b'])
      expect(() => loadHubSettings({ HF_ENDPOINT: wrong })).toThrow(
        `HF_ENDPOINT is "${wrong}", which is not the address`,
      );
  });
});
