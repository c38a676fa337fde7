import http from 'node:http';
import https from 'node:https';
import { machineTrust } from '../admin-api/agents.ts';
import { systemCode } from '../system-code.ts';

const PROBE_TIMEOUT_MS = 10_000;
const HEAD_MAX_BYTES = 64 * 1024;

/** What an address answers to a question without a token, or the system's code when no answer came. */
export type Probed =
  | { readonly kind: 'answered'; readonly status: number; readonly contentType: string; readonly location: string | undefined; readonly text: string }
  | { readonly kind: 'failed'; readonly code: string };

/** Asks an address once, without a token, following nothing. Never throws. `url` is of an admin API (`adminBaseUrl`) and a path. */
export function probe(url: string, timeoutMs: number = PROBE_TIMEOUT_MS): Promise<Probed> {
  const isSecure = url.startsWith('https:');
  return new Promise((resolve) => {
    const request = (isSecure ? https : http).get(url, { agent: false, ...(isSecure ? { secureContext: machineTrust() } : {}), headers: { accept: 'application/json, application/problem+json', 'user-agent': 'drydock' } }, (response) => {
      let text = '';
      const answer = (): void => resolve({ kind: 'answered', status: response.statusCode ?? 0, contentType: response.headers['content-type'] ?? '', location: response.headers.location, text });
      response.setEncoding('utf8');
      response.on('data', (part: string) => {
        text += part;
        // Enough to tell what it is; a page without an end is not read to it.
        if (text.length < HEAD_MAX_BYTES) return;
        answer();
        request.destroy();
      });
      response.on('end', answer);
      response.on('error', answer);
    });
    const deadline = setTimeout(() => {
      resolve({ kind: 'failed', code: 'ETIMEDOUT' });
      request.destroy();
    }, timeoutMs);
    request.on('error', (thrown) => resolve({ kind: 'failed', code: systemCode(thrown) ?? 'unknown' }));
    request.on('close', () => clearTimeout(deadline));
  });
}
