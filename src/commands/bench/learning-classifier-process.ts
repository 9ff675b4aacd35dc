import { setTimeout as wait } from 'node:timers/promises';
import { locateBase } from '../../model/base.ts';
import { baseKey } from '../../model/base-key.ts';
import { followAdapters } from '../../roles/adapter-feed.ts';
import { loadClassifier, runClassifier } from '../../roles/classifier.ts';
import { openFoundation } from '../../roles/foundation.ts';
import { loadConfig } from '../../runtime/config.ts';
import { SILENT } from '../../runtime/log.ts';
import { loadKeys } from '../../runtime/secrets.ts';
import { ServiceStack } from '../../runtime/service.ts';

/** A classifier process as `evenkeel start --role classifier` runs it, which says when another version answers. */
async function serve(dataDir: string): Promise<void> {
  const stack = new ServiceStack(SILENT);
  const config = loadConfig(process.env, { dataDir, role: ['classifier'], device: 'cpu', threads: '1', workers: '1' });
  const foundation = await openFoundation(stack, config, loadKeys(process.env, dataDir), SILENT);
  const classifier = await loadClassifier(stack, config, SILENT);
  const base = await locateBase(config);
  await followAdapters(stack, foundation.database, { classifier, base, baseKey: await baseKey(base) }, SILENT);
  await runClassifier(stack, foundation, classifier);
  process.once('message', () => void stack.stop().then(() => process.disconnect()));
  process.send!({ versions: [...classifier.adapters()] });
  for (let last = ''; !stack.signal.aborted; await wait(10)) {
    const now = JSON.stringify([...classifier.adapters()]);
    if (last !== '' && now !== last) process.send!({ versions: [...classifier.adapters()], at: Date.now() });
    last = now;
  }
}

process.once('message', (dataDir: string) => void serve(dataDir));
