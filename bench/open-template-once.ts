// Opens the practice environment's database template with nothing around it, asks it one question and says that it is ready.
import { openAsBlob } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';

const database = await PGlite.create({ dataDir: process.argv[3] ?? '', loadDataDir: await openAsBlob(process.argv[2] ?? '') });
await database.query('select count(*) from users');
process.stdout.write('ready\n');
await database.close();
