import type { FastifyInstance } from 'fastify';

/** One route as the router itself holds it; its places are written `:name`. */
export type RouterRoute = { readonly method: string; readonly url: string };

/** The routes of an app, read out of its router, so that a route which nobody declared is among them too. */
export function routerRoutes(app: FastifyInstance): readonly RouterRoute[] {
  const routes: RouterRoute[] = [];
  const above: string[] = [];
  for (const line of app.printRoutes({ commonPrefix: false }).split('\n')) {
    const parts = /^([│ ]*)[├└]── (\S*)(?: \(([A-Z, ]+)\))?$/u.exec(line);
    if (parts === null) continue;
    const depth = (parts[1] ?? '').length / 4;
    above.length = depth;
    above.push(parts[2] ?? '');
    for (const method of (parts[3] ?? '').split(', ').filter((name) => name !== '')) routes.push({ method, url: above.join('') });
  }
  return routes;
}
