import { readFile } from 'node:fs/promises';
import { securityHeaders } from '../operator/hosts/content-security.ts';
import { pageFile } from '../operator/hosts/page-files.ts';

export const APP_SCHEME = 'app';
const APP_HOST = 'drydock';

/** The origin of the window's page, as Chromium writes it. */
export const APP_ORIGIN = `${APP_SCHEME}://${APP_HOST}`;

/** How Chromium has to treat `app:`: like a secure site of its own, and nothing more. Before the app is ready. */
export const appSchemePrivileges = { scheme: APP_SCHEME, privileges: { standard: true, secure: true, supportFetchAPI: true, corsEnabled: false, allowServiceWorkers: false, bypassCSP: false } } as const;

/** Answers a request of the page from the built files, and from nowhere else. */
export async function answerPageRequest(pageFolder: string, request: Pick<Request, 'method' | 'url'>): Promise<Response> {
  const url = URL.parse(request.url);
  if (request.method !== 'GET' || url === null || url.protocol !== `${APP_SCHEME}:` || url.host !== APP_HOST) return refused(403);
  const file = pageFile(pageFolder, url.pathname === '' ? '/' : url.pathname);
  if (file === undefined) return refused(404);
  const body = new Uint8Array(await readFile(file.path));
  return new Response(body, { status: 200, headers: { ...securityHeaders, 'content-type': file.mediaType } });
}

function refused(status: number): Response {
  return new Response(null, { status, headers: securityHeaders });
}
