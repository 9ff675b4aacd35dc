// Takes posts through the whole loop in the folder given, and says how far it is until it is killed.
import { classifyMessages } from '../../src/pipeline/classify.ts';
import { openQueues } from '../../src/queue/queues.ts';
import { createModeration } from '../../src/roles/moderation.ts';
import { showCards } from '../../src/roles/show-cards.ts';
import { SILENT } from '../../src/runtime/log.ts';
import { openDatabase } from '../../src/store/database.ts';
import { createSeal } from '../../src/store/seal.ts';
import { crashPosts, KEY, PLATFORM, score } from './crash-posts.ts';

const database = await openDatabase({ directory: process.argv[2]! });
const parts = { database, queues: await openQueues(database, SILENT), seal: createSeal([KEY]) };
const moderation = createModeration({ ...parts, classify: score });
const say = (what: string): void => void process.stdout.write(`${what}\n`);

await parts.queues.startWorker({
  queue: 'messages',
  batchSize: 16,
  callSize: 50,
  concurrency: 2,
  async handler(jobs) {
    await classifyMessages({ ...parts, classify: score }, jobs);
    say('classified');
  },
});
await parts.queues.startWorker({
  queue: 'cards-local',
  batchSize: 16,
  async handler(jobs) {
    const failed = await showCards({ ...parts, connector: PLATFORM }, jobs);
    say('shown');
    return failed;
  },
});
for (let start = 0; start < crashPosts.length; start += 50) {
  await moderation.receive(crashPosts.slice(start, start + 50));
  say('received');
}
await parts.queues.drained('messages', 'cards-local');
say('done');
