import { parentPort, workerData } from 'node:worker_threads';
import Database from 'better-sqlite3';
import { markKeyOf } from './head-mark.ts';
import type { MarkKeys } from './mark-keys.ts';
import { checkingChain } from './verify-chain.ts';
import { type VerifyMessage, verifyRequestSchema } from './verify-request.ts';

const { path, journalId, markSecret, otherMarkSecret, headMark } = verifyRequestSchema.parse(workerData);

const markKeys: MarkKeys = {
  own: markSecret === undefined ? undefined : markKeyOf(markSecret),
  other: typeof otherMarkSecret === 'string' ? otherMarkSecret : markKeyOf(otherMarkSecret.text),
};

function post(message: VerifyMessage): void {
  parentPort?.postMessage(message);
}

const database = new Database(path, { readonly: true });
try {
  const steps = checkingChain(database, 'full', { journalId, markKeys, headMark });
  let step = steps.next();
  while (step.done !== true) {
    post({ kind: 'progress', ...step.value });
    step = steps.next();
  }
  post({ kind: 'done', check: step.value });
} finally {
  database.close();
}
