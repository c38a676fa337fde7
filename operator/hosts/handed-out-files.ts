import { createReadStream } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import type { Downloads } from '../files.ts';
import { answerRefusal } from './answers.ts';
import { securityHeaders } from './content-security.ts';
import type { PageFile } from './page-files.ts';

/** Sends a finished file to be kept: always as an attachment, never as something that a tab would show. */
export async function sendDownload(response: ServerResponse, downloads: Downloads, downloadId: string): Promise<void> {
  let found: { path: string; fileName: string; mediaType: string; bytes: number };
  try {
    found = { ...downloads.get(downloadId), bytes: downloads.bytes(downloadId) };
  } catch {
    return answerRefusal(response, 404, 'unknown_download');
  }
  response.writeHead(200, {
    ...securityHeaders,
    'content-type': found.mediaType,
    'content-length': found.bytes,
    'content-disposition': `attachment; filename="${asciiName(found.fileName)}"; filename*=UTF-8''${encodeURIComponent(found.fileName)}`,
    'cache-control': 'no-store',
  });
  await sendFile(response, found.path);
}

/** Sends a file of the built page. The page itself is asked for anew each time; what it loads never changes. */
export async function sendPageFile(response: ServerResponse, file: PageFile, withBody: boolean): Promise<void> {
  response.writeHead(200, {
    ...securityHeaders,
    'content-type': file.mediaType,
    'cache-control': file.isImmutable ? 'private, max-age=31536000, immutable' : 'no-store',
  });
  if (withBody) await sendFile(response, file.path);
  else response.end();
}

async function sendFile(response: ServerResponse, path: string): Promise<void> {
  try {
    await pipeline(createReadStream(path), response);
  } catch {
    // The tab went away, or the file did: a cut answer says so by its length.
    response.destroy();
  }
}

/** RFC 6266: the plain form for what cannot read the other. */
function asciiName(name: string): string {
  return name.replaceAll(/[^\w.() -]/g, '_');
}
