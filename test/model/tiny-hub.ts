import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { pullModel, type Pulled, type PullOptions } from '../../src/model/hub.ts';
import { repositoryOf } from '../../src/model/repository.ts';
import type { HubSettings } from '../../src/runtime/hub-settings.ts';
import { TINY_BERT } from '../fixtures/bert-reference.ts';
import { HubServer } from './hub-server.ts';

export const ID = 'someone/tiny-bert';

const read = (name: string): [string, Buffer] => [name, readFileSync(join(TINY_BERT, name))];

/** What a pull of the tiny BERT must get. */
export const FILES = Object.fromEntries(
  ['config.json', 'tokenizer_config.json', 'vocab.txt', 'model.safetensors'].map(read),
);
export const WEIGHTS = FILES['model.safetensors']!;
export const WEIGHTS_ETAG = createHash('sha256').update(WEIGHTS).digest('hex');

/** What it must leave alone. */
export const OTHERS = {
  'README.md': Buffer.from('# tiny'),
  'pytorch_model.bin': Buffer.alloc(9000),
  'flax_model.msgpack': Buffer.alloc(9),
};

/** For each test of a file: a hub of its own, an empty cache, and a pull from the one into the other. */
export class TinyHub {
  hub!: HubServer;
  cache!: string;

  constructor() {
    beforeEach(async () => {
      this.hub = await HubServer.start();
      this.cache = mkdtempSync(join(tmpdir(), 'hub-cache-'));
    });
    afterEach(async () => {
      await this.hub.stop();
      rmSync(this.cache, { recursive: true });
    });
  }

  /** The model's folder in the cache. */
  get home(): string {
    return join(this.cache, 'models--someone--tiny-bert');
  }

  /** Where its weights are until they are whole. */
  get part(): string {
    return join(this.home, 'blobs', `${WEIGHTS_ETAG}.incomplete`);
  }

  pull(text = ID, change: Partial<HubSettings> = {}, options: PullOptions = {}): Promise<Pulled> {
    const settings = { endpoint: this.hub.url, token: null, cache: this.cache, offline: false, ...change };
    const patience = { attempts: 3, retryMs: 1, silenceMs: 5000 };
    return pullModel(settings, repositoryOf(text), { patience, ...options });
  }
}
