import { parentPort, workerData } from 'node:worker_threads';
import { checkFile, checkRequestSchema } from './check-file.ts';

/** What the thread says while it works. The result lies in the folder; a fault of the machine ends the thread with an error. */
export type CheckMessage = { readonly kind: 'progress'; readonly bytesRead: number; readonly bytesTotal: number } | { readonly kind: 'done' };

const request = checkRequestSchema.parse(workerData);

function post(message: CheckMessage): void {
  parentPort?.postMessage(message);
}

checkFile(request, (bytesRead, bytesTotal) => post({ kind: 'progress', bytesRead, bytesTotal }));
post({ kind: 'done' });
