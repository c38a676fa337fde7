import { problemSchema } from '../../shared/contract/admin/problem.ts';
import type { AddressCheck } from '../../shared/contract/operator/environments.ts';
import { adminBaseUrl } from '../admin-api/base-url.ts';
import { certificateProblem } from '../admin-api/certificate-trouble.ts';
import { problemOf } from '../problems.ts';
import { type Probed, probe } from './probe.ts';

/**
 * Whether an address is that of an admin API, before any token goes there, and if not, what it is instead.
 * @throws OperatorError `bad_url`
 */
export async function checkAddress(text: string, ask: (url: string) => Promise<Probed> = probe): Promise<AddressCheck> {
  const url = adminBaseUrl(text);
  const found = await ask(`${url}/admin/session`);
  return { url, ...(found.kind === 'failed' ? unreached(found.code, url) : judged(found)) };
}

type Verdict = Omit<AddressCheck, 'url'>;
type Answered = Extract<Probed, { kind: 'answered' }>;

function unreached(code: string, url: string): Verdict {
  const certificate = problemOf(certificateProblem(code));
  if (certificate !== undefined) return { verdict: 'certificate', code: certificate.code, title: certificate.title, detail: certificate.detail };
  return { verdict: 'unreachable', code: 'unreachable', title: 'Nothing answers at this address', detail: `${whyUnreached(code, new URL(url))} Nothing was sent (${code}).` };
}

function whyUnreached(code: string, { hostname, port, protocol }: URL): string {
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `The name ${hostname} is not known here. Look at its spelling, and whether a VPN is needed.`;
    case 'ECONNREFUSED':
      return `${hostname} is there and nothing listens at port ${port === '' ? (protocol === 'https:' ? '443' : '80') : port}. Look at the port, and whether the server runs.`;
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return `There is no way to ${hostname} from here. Look at the network, and whether a VPN is needed.`;
    case 'ETIMEDOUT':
      return 'No answer came within 10 seconds. A firewall may be in between, or the server is busy.';
    case 'EPROTO':
      return 'What listens there does not speak https. Look at the port.';
    default:
      return 'The connection ended before an answer came. Look at the address and the network.';
  }
}

function judged(found: Answered): Verdict {
  const { status } = found;
  const problem = problemIn(found.text);
  if (status === 401 && problem?.code === 'unauthenticated') return { verdict: 'admin_api', code: null, title: 'This is an admin API of Drydock', detail: 'It answers as one and asks for a token.' };
  if (status === 503 && problem !== undefined) return { verdict: 'not_ready', code: 'not_ready', title: 'This is an admin API of Drydock that is not ready', detail: 'Wait a little and try again; if it lasts, tell whoever runs it.' };
  if (problem?.code === 'not_found') return not('wrong_path', 'There is a Drydock server, and no admin API at this path', 'Leave the path out, or give the one under which the admin API lies; /admin itself does not belong to it.');
  if (status === 407) return not('proxy', 'A proxy asks for a sign-in of its own', 'The environment was not reached. Ask whoever runs the network how this machine may reach it.');
  if (status >= 300 && status < 400) return not('redirect', 'This address sends on to another one', `${sentTo(found.location)} Drydock follows nobody to another address with a token: give that one, if it is the admin API’s, or sign in first where a proxy asks for it.`);
  if ([502, 503, 504].includes(status)) return not('proxy', 'A proxy answers for a server that is away', `It answered with status ${status}, and not in the words of an admin API. Whoever runs the server must look at it.`);
  if (isPage(found)) {
    if (status === 404) return not('wrong_path', 'A web server answers, and has nothing at this path', 'Look at the path of the address: the admin API may lie under another one.');
    if (status === 401 || status === 403) return not('proxy', 'A web page turns you away before the admin API', 'It is most likely the sign-in of a proxy or a VPN. Sign in there first, then try again.');
    return not('web_page', 'This is a web page, not an admin API', 'It may be the product’s own site, or a sign-in page of a proxy. Look at the address.');
  }
  return not('other_program', 'Something else answers there', `It answered with status ${status}, in a form that no admin API of Drydock has. Look at the address and its port.`);
}

function not(verdict: AddressCheck['verdict'], title: string, detail: string): Verdict {
  return { verdict, code: 'not_an_admin_api', title, detail: `${detail} Nothing was kept, and no token was sent.` };
}

/** Host alone: what follows may hold a ticket of somebody's sign-in. */
function sentTo(location: string | undefined): string {
  const host = location === undefined ? undefined : URL.parse(location)?.host;
  return host === undefined || host === '' ? 'It stays on the same host, under another path.' : `It names ${host}.`;
}

function isPage({ contentType, text }: Answered): boolean {
  return /\bx?html\b/i.test(contentType) || /^\s*<(?:!doctype|html|head|body)/i.test(text);
}

function problemIn(text: string): { readonly code: string } | undefined {
  try {
    return problemSchema.parse(JSON.parse(text));
  } catch {
    return undefined;
  }
}
