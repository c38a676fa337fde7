import { createWriteStream, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { Transform } from 'node:stream';
import type { FileHandles } from '../files.ts';
import { answerJson, answerRefusal } from './answers.ts';

/** Ten times the largest cohort that Drydock is made for (a million rows, 90 MB). */
const LARGEST_UPLOAD_BYTES = 1024 ** 3;
const LONGEST_NAME = 255;

/**
 * Writes the bytes of a request to a private file and answers with its handle. What was cut off or is too large leaves
 * nothing behind. The name is the person's own word for the file: only its last part is kept, and it is never a path.
 */
export async function receiveUpload(request: IncomingMessage, response: ServerResponse, name: string, files: FileHandles): Promise<void> {
  if (Number(request.headers['content-length'] ?? 0) > LARGEST_UPLOAD_BYTES) return answerRefusal(response, 413, 'too_large');
  const path = files.newSpoolPath();
  try {
    await pipeline(request, limitedTo(LARGEST_UPLOAD_BYTES), createWriteStream(path, { flags: 'wx', mode: 0o600 }));
  } catch {
    rmSync(path, { force: true });
    if (!response.destroyed) answerRefusal(response, 400, 'upload_not_finished');
    return;
  }
  answerJson(response, 200, { handle: files.add({ path, fileName: plainName(name), kind: 'spooled' }) });
}

function plainName(name: string): string {
  const last = basename(name.replaceAll('\\', '/')).replaceAll(/\p{Cc}/gu, '').slice(0, LONGEST_NAME);
  return last === '' || last === '.' || last === '..' ? 'upload.csv' : last;
}

function limitedTo(limitBytes: number): Transform {
  let length = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      length += chunk.length;
      if (length > limitBytes) done(new Error('too large'));
      else done(null, chunk);
    },
  });
}
