import type { Socket } from 'node:net';
import { randomUUID } from 'node:crypto';
import { problemMediaType } from '../../shared/contract/admin/problem.ts';
import type { ProblemCode } from '../../shared/core/problem-codes.ts';
import { problemOf, Refusal } from './refusal.ts';

/** Bytes that are no request reach no route and no hook; they are answered on the connection itself, which then ends. */
export function answerBrokenRequest(error: Error & { readonly code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const refusal = new Refusal(codeOf(error.code));
  const body = JSON.stringify(problemOf(refusal, randomUUID()));
  socket.end(
    [`HTTP/1.1 ${String(refusal.status)} Refused`, `content-type: ${problemMediaType}`, `content-length: ${String(Buffer.byteLength(body))}`, 'cache-control: no-store', 'connection: close', '', body].join('\r\n'),
  );
}

function codeOf(code: string | undefined): ProblemCode {
  if (code === 'HPE_HEADER_OVERFLOW') return 'headers_too_large';
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return 'request_timeout';
  return 'malformed_request';
}
