import { Worker } from 'node:worker_threads';
import type { ChainCheck } from './verify-chain.ts';
import type { VerifyMessage, VerifyRequest } from './verify-request.ts';

/** How far a check has come. */
export interface CheckProgress {
  readonly checked: number;
  readonly of: number;
}

/** Checks the whole chain in a thread of its own: a million entries take a minute, and the window must not wait for them. */
export function verifyApart(request: VerifyRequest, onProgress: (progress: CheckProgress) => void): Promise<ChainCheck> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('./verify-worker.ts', import.meta.url), { workerData: request });
    let check: ChainCheck | undefined;
    worker.on('message', (message: VerifyMessage) => {
      if (message.kind === 'done') check = message.check;
      else onProgress({ checked: message.checked, of: message.of });
    });
    worker.once('error', reject);
    worker.once('exit', () => {
      if (check === undefined) reject(new Error('The thread that checks the journal ended before it was done.'));
      else resolve(check);
    });
  });
}
