// Opens the database in a folder, says so, and holds it until it is killed.
import { openDatabase } from '../../src/store/database.ts';

const database = await openDatabase({ directory: process.argv[2]! });
await database.handle.execute(`insert into communities (platform, external_id) values ('local', 'before the kill')`);
process.stdout.write('open\n');
setInterval(() => {}, 60_000);
