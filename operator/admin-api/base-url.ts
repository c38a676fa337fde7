import { isLoopback } from '../../shared/core/loopback-host.ts';
import { problem } from '../problems.ts';

/**
 * The address of an admin API as it is kept: https anywhere, http to this machine alone, no credentials, query or
 * fragment, no slash at the end.
 * @throws OperatorError `bad_url` that says which of these it is
 */
export function adminBaseUrl(text: string): string {
  let url: URL;
  try {
    url = new URL(text.trim());
  } catch {
    throw badUrl('Give the whole address, such as https://admin.example.com.');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw badUrl('Only https addresses are called, and http on this machine.');
  if (url.protocol === 'http:' && !isLoopback(url.hostname)) throw badUrl('http would send the token in the clear: use https. Only this machine itself may be called by http.');
  if (url.username !== '' || url.password !== '') throw badUrl('Leave name and password out of the address; the token is given apart.');
  if (url.search !== '' || url.hash !== '') throw badUrl('Leave out everything from ? or # on.');
  return `${url.origin}${url.pathname.replace(/\/+$/, '')}`;
}

function badUrl(detail: string): Error {
  return problem('bad_url', 'This address cannot be used', detail);
}
