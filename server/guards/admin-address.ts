import type { FastifyRequest } from 'fastify';
import './route-config.ts';

/**
 * Whether a request is for the admin API, and so in the audit log whatever becomes of it. A route says so itself, however
 * its address was written: `/%61dmin/runs` and `http://any-host/admin/runs` reach it too. Where there is no route, the
 * address is read as a router would.
 */
export function isForAdmin(request: FastifyRequest): boolean {
  const path = request.routeOptions.config.endpoint?.path ?? pathAsked(request.url);
  return path === '/admin' || path.startsWith('/admin/');
}

/** The path of an address without its scheme and host, each escaped byte as the character that it stands for. */
function pathAsked(url: string): string {
  const [address = ''] = url.split(/[?#]/, 1);
  const path = address.replace(/^[a-z][a-z0-9+.-]*:\/\/[^/]*/i, '');
  return path.replaceAll(/%([0-9a-f]{2})/gi, (_escape, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)));
}
