import http from 'node:http';
import https from 'node:https';
import tls from 'node:tls';

/** Agents of one address, as axios takes them. */
export interface Agents {
  readonly httpAgent: http.Agent;
  readonly httpsAgent: https.Agent;
}

/** Agents that keep their connections, and believe whom this machine believes. */
export function agentsFor(baseUrl: string): Agents {
  const isSecure = baseUrl.startsWith('https:');
  return { httpAgent: new http.Agent({ keepAlive: true }), httpsAgent: new https.Agent({ keepAlive: true, ...(isSecure ? { secureContext: machineTrust() } : {}) }) };
}

let made: { readonly defaults: readonly string[]; readonly context: tls.SecureContext } | undefined;

/**
 * Who may vouch for a server: the authorities that come with Node, and those of this machine, where a company puts its
 * own. Reading them takes a tenth of a second, so it is done once, and only where https is spoken.
 */
export function machineTrust(): tls.SecureContext {
  const defaults = tls.getCACertificates('default');
  if (made?.defaults !== defaults) made = { defaults, context: tls.createSecureContext({ ca: [...new Set([...defaults, ...systemAuthorities()])] }) };
  return made.context;
}

/** None where the machine's own store cannot be read: Node's are left. */
function systemAuthorities(): readonly string[] {
  try {
    return tls.getCACertificates('system');
  } catch {
    return [];
  }
}
