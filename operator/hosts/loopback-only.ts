/** The headers of a request that say where it came from and where it believes to go. */
export interface RequestOrigin {
  readonly method: string;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  readonly fetchMode: string | undefined;
}

const LOOPBACK_HOST = /^(127\.0\.0\.1|localhost|\[::1\])(:\d{1,5})?$/;

/**
 * Why a request is not of our own page; undefined when it may be. Any port of a loopback name is let in, for a tunnel
 * ends where it will; another name is a rebinding attack. A request that could change something must name the same
 * origin as it goes to, so that no other page, on another port of this machine either, can send one. A page may be
 * opened from anywhere, for it holds nothing and cannot be framed: the file that leads a browser here is a stranger to it.
 */
export function strangerReason(request: RequestOrigin): 'wrong_host' | 'wrong_origin' | undefined {
  if (request.host === undefined || !LOOPBACK_HOST.test(request.host)) return 'wrong_host';
  const own = `http://${request.host}`;
  if (request.origin !== undefined && request.origin !== own) return 'wrong_origin';
  const isReading = request.method === 'GET' || request.method === 'HEAD';
  if (!isReading && request.origin === undefined) return 'wrong_origin';
  if (request.fetchSite === 'cross-site' && !(isReading && request.fetchMode === 'navigate')) return 'wrong_origin';
  return undefined;
}
