import http from 'node:http';
import https from 'node:https';
import tls from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { openTestOperator, refusalCode, temporaryHome } from '../operator.testing.ts';
import { problemOf } from '../problems.ts';
import { startStubAdminApi } from '../stub-admin-api.testing.ts';
import { checkAddress } from './address-check.ts';
import { testAuthority, testCertificates, testServerKey } from './certificates.testing.ts';
import { probe } from './probe.ts';

const ends: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end();
});

/** Listens on loopback until the test is over; gives its address. */
async function listening(server: http.Server | https.Server): Promise<string> {
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  ends.push(() => new Promise((resolve) => {
    server.closeAllConnections();
    server.close(resolve);
  }));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return `${server instanceof https.Server ? 'https' : 'http'}://127.0.0.1:${port}`;
}

function answering(status: number, headers: Readonly<Record<string, string>>, body: string): Promise<string> {
  return listening(http.createServer((_, response) => void response.writeHead(status, headers).end(body)));
}

const html = { 'content-type': 'text/html' };
const json = { 'content-type': 'application/problem+json' };
const refusal = (code: string, status: number): string => JSON.stringify({ type: 'about:blank', title: 't', status, code, detail: 'd', request_id: 'r' });

describe('an address is told for what it is, before a token goes there', () => {
  it.each([
    ['admin_api', 401, json, refusal('unauthenticated', 401)],
    ['not_ready', 503, json, refusal('not_ready', 503)],
    ['wrong_path', 404, json, refusal('not_found', 404)],
    ['wrong_path', 404, html, '<html>nothing</html>'],
    ['web_page', 200, html, '<!doctype html><title>Shop</title>'],
    ['web_page', 200, { 'content-type': 'text/plain' }, '  <!DOCTYPE html><title>Mislabelled</title>'],
    ['redirect', 302, { location: 'https://sso.example.com/login?ticket=secret' }, ''],
    ['proxy', 407, html, '<html></html>'],
    ['proxy', 502, html, '<html>Bad gateway</html>'],
    ['proxy', 403, html, '<html>Sign in</html>'],
    ['other_program', 200, { 'content-type': 'application/json' }, '{"hello":1}'],
    ['other_program', 401, json, refusal('unheard_of', 401)],
  ])('%s where it answers %d', async (verdict, status, headers, body) => {
    expect(await checkAddress(await answering(status, headers, body))).toMatchObject({ verdict });
  });

  it('names the host of a redirect and nothing of the ticket behind it', async () => {
    const { detail } = await checkAddress(await answering(302, { location: 'https://sso.example.com/login?ticket=secret' }, ''));
    expect(detail).toContain('sso.example.com.');
    expect(detail).not.toContain('ticket');
  });

  it('says which way it could not be reached', async () => {
    const gone = await answering(200, {}, '');
    await ends.pop()?.();
    expect(await checkAddress(gone)).toMatchObject({ verdict: 'unreachable', detail: expect.stringContaining('nothing listens at port') });
    expect(await checkAddress((await answering(200, {}, '')).replace('http:', 'https:'))).toMatchObject({ verdict: 'unreachable', detail: expect.stringContaining('does not speak https') });
    expect(await checkAddress('https://nowhere.invalid', () => Promise.resolve({ kind: 'failed', code: 'ENOTFOUND' }))).toMatchObject({ detail: expect.stringContaining('nowhere.invalid is not known') });
  });

  it('neither waits without end nor reads without end', async () => {
    const silent = await listening(http.createServer(() => undefined));
    expect(await probe(silent, 50)).toEqual({ kind: 'failed', code: 'ETIMEDOUT' });
    const endless = await listening(http.createServer((_, response) => void response.writeHead(200, html).write('<html>'.repeat(50_000))));
    expect(await checkAddress(endless)).toMatchObject({ verdict: 'web_page' });
  });

  it('is refused when it is none, or would send a token in the clear', async () => {
    for (const address of ['admin.example.com', 'http://admin.example.com', 'https://kim:secret@admin.example.com']) await expect(checkAddress(address)).rejects.toMatchObject({ problem: { code: 'bad_url' } });
  });
});

describe('a certificate that does not hold is told in plain words, and nothing is sent', () => {
  function trusted(certificate: string): Promise<string> {
    const before = tls.getCACertificates('default');
    tls.setDefaultCACertificates([testAuthority]);
    ends.push(() => tls.setDefaultCACertificates(before));
    return listening(https.createServer({ key: testServerKey, cert: certificate }, (_, response) => void response.writeHead(401, json).end(refusal('unauthenticated', 401))));
  }

  it.each([
    ['certificate_expired', testCertificates.expired],
    ['certificate_not_yet_valid', testCertificates.early],
    ['certificate_wrong_host', testCertificates.ofAnotherHost],
    ['certificate_self_signed', testCertificates.selfSigned],
  ])('%s', async (code, certificate) => {
    const url = await trusted(certificate);
    expect(await checkAddress(url)).toMatchObject({ verdict: 'certificate', code, detail: expect.stringContaining('Nothing was sent') });
    const home = temporaryHome();
    ends.push(home.remove);
    const { operator, client } = await openTestOperator(home.home);
    ends.push(() => operator.close());
    expect(await refusalCode(client.call('environments.add', { name: 'staging', url, token: 'a-token' }))).toBe(code);
    expect(await client.call('environments.list', {})).toEqual({ items: [] });
  });

  it('certificate_unknown_issuer where nobody trusts the authority, and none where somebody does', async () => {
    expect(await checkAddress(await trusted(testCertificates.good))).toMatchObject({ verdict: 'admin_api' });
    await ends.splice(0).reduceRight(async (before, end) => { await before; await end(); }, Promise.resolve());
    const url = await listening(https.createServer({ key: testServerKey, cert: testCertificates.good }));
    expect(await checkAddress(url)).toMatchObject({ verdict: 'certificate', code: 'certificate_unknown_issuer' });
  });
});

describe('a token', () => {
  const tokenOf = (claims: object): string => `e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.sig`;
  const NOW = Date.parse('2026-01-01T00:00:00Z');

  async function connected() {
    const stub = await startStubAdminApi({ listMigrations: () => ({ items: [], next_cursor: null }) });
    ends.push(() => stub.close());
    const home = temporaryHome();
    ends.push(home.remove);
    const { operator, client } = await openTestOperator(home.home, { clock: () => new Date(NOW) });
    ends.push(() => operator.close());
    await client.call('environments.add', { name: 'staging', url: stub.url, token: 'opaque' });
    return { stub, client };
  }

  it.each([
    ['valid', { exp: NOW / 1000 + 7200, iss: 'env-1', scope: 'migration:write other' }],
    ['expiring', { exp: NOW / 1000 + 1800 }],
    ['expired', { exp: NOW / 1000 }],
  ])('is described as %s by what it says of itself', async (state, claims) => {
    const { client } = await connected();
    await client.call('environments.setToken', { name: 'staging', token: tokenOf(claims) });
    const described = await client.call('environments.describeToken', { name: 'staging' });
    expect(described).toMatchObject({ state, from: 'kept', expires_at: new Date(claims.exp * 1000).toISOString(), scopes: 'scope' in claims ? ['migration:write'] : [] });
  });

  it('of another environment is not sent there', async () => {
    const { stub, client } = await connected();
    const asked = stub.callsOf('getSession').length;
    expect(await refusalCode(client.call('environments.setToken', { name: 'staging', token: tokenOf({ iss: 'env-2' }) }))).toBe('token_of_another_environment');
    expect(stub.callsOf('getSession').length).toBe(asked);
    expect(await client.call('environments.describeToken', { name: 'staging' })).toMatchObject({ state: 'opaque' });
  });

  it('can be taken away again', async () => {
    const { client } = await connected();
    expect(await client.call('environments.removeToken', { name: 'staging' })).toMatchObject({ has_token: false });
    expect(await client.call('environments.describeToken', { name: 'staging' })).toMatchObject({ state: 'none' });
    expect(await client.call('environments.getConnection', {})).toEqual({ state: 'no_token' });
  });
});

it('every code of a certificate is a problem of its own words', async () => {
  const { certificateCodes, certificateProblem } = await import('../admin-api/certificate-trouble.ts');
  for (const code of certificateCodes) expect(problemOf(certificateProblem(code))?.code).toMatch(/^certificate_/);
  expect(certificateProblem('ECONNREFUSED')).toBeUndefined();
});
