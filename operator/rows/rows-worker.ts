import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { createRowAnswers } from './answer-rows.ts';
import type { RowReply, RowRequest } from './row-messages.ts';

/** Pages of the file that are held in memory. */
const CACHE_KIBIBYTES = 64 * 1024;

/** The turn of each lane that is waited for, counted up by the thread that asks. */
const turns = new Int32Array((workerData as { readonly turns: SharedArrayBuffer }).turns);

// A file without a name, which the system deletes when it is closed, however this ends: what is in it is personal.
const database = new Database('');
database.pragma('journal_mode = OFF');
database.pragma('synchronous = OFF');
database.pragma('locking_mode = EXCLUSIVE');
// People who are erased are written over, not only let go.
database.pragma('secure_delete = ON');
database.pragma(`cache_size = -${CACHE_KIBIBYTES}`);

const answer = createRowAnswers(database, (turn) => turn !== null && Atomics.load(turns, turn.lane) !== turn.number);

function reply(request: RowRequest): RowReply {
  try {
    return { id: request.id, ...answer(request) };
  } catch (thrown) {
    if (thrown instanceof Database.SqliteError && /^SQLITE_(?:FULL|IOERR|CANTOPEN)/.test(thrown.code)) return { id: request.id, state: 'no_room' };
    return { id: request.id, state: 'fault', message: thrown instanceof Error ? thrown.message : String(thrown) };
  }
}

parentPort?.on('message', (request: RowRequest) => {
  const answered = reply(request);
  parentPort?.postMessage(answered);
});
