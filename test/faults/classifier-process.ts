// The role classifier with one that reads the score off each post, until it is killed.
import { runClassifier } from '../../src/roles/classifier.ts';
import { openFoundation } from '../../src/roles/foundation.ts';
import { loadConfig } from '../../src/runtime/config.ts';
import { createLogger } from '../../src/runtime/log.ts';
import { loadKeys } from '../../src/runtime/secrets.ts';
import { ServiceStack } from '../../src/runtime/service.ts';
import { readScores } from '../pipeline/world.ts';

const config = loadConfig(process.env);
const log = createLogger(config.log);
const stack = new ServiceStack(log);
const foundation = await openFoundation(stack, config, loadKeys(process.env, config.dataDir), log);
await runClassifier(stack, foundation, { classify: readScores });
process.stdout.write('ready\n');
