import type { FastifyInstance, FastifyRequest } from 'fastify';
import { readJsonBody } from './json-body.ts';
import { Refusal } from './refusal.ts';
import './route-config.ts';

const CHARSET = /;\s*charset\s*=\s*"?([^";\s]+)"?/i;

/** Teaches the app the two kinds of body there are: JSON in UTF-8, and NDJSON that is handed on as a stream. No body is none, whatever it is called. */
export function readBodies(app: FastifyInstance): void {
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (request, body, done) => {
    try {
      requireUtf8(request.headers['content-type']);
      done(null, body.length === 0 ? undefined : readJsonBody(Buffer.isBuffer(body) ? body : Buffer.from(body)));
    } catch (error) {
      done(error instanceof Error ? error : new Error('A body could not be read.'), undefined);
    }
  });
  app.addContentTypeParser('application/x-ndjson', (request, payload, done) => {
    try {
      requireUtf8(request.headers['content-type']);
      if (request.routeOptions.config.endpoint?.bodyType !== 'application/x-ndjson') throw new Refusal('unsupported_media_type');
      done(null, payload);
    } catch (error) {
      done(error instanceof Error ? error : new Error('A body could not be read.'), undefined);
    }
  });
  // Several clients name a media type on a call that has no body at all.
  app.addContentTypeParser('*', (request, _payload, done) => {
    if (request.is404 || hasNoBody(request)) done(null, undefined);
    else done(new Refusal('unsupported_media_type'), undefined);
  });
}

function hasNoBody({ headers }: FastifyRequest): boolean {
  return headers['transfer-encoding'] === undefined && (headers['content-length'] === undefined || headers['content-length'] === '0');
}

function requireUtf8(contentType: string | undefined): void {
  const charset = CHARSET.exec(contentType ?? '')?.[1];
  if (charset !== undefined && charset.toLowerCase() !== 'utf-8') {
    throw new Refusal('unsupported_media_type', { because: 'Only UTF-8 is read.' });
  }
}
