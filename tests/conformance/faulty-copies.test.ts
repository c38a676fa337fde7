import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type ConformanceDocument, type ConformanceOptions, runConformance } from '../../operator/conformance/run-conformance.ts';
import { type Endpoint, needsIdempotencyKey } from '../../shared/contract/admin/endpoint.ts';
import { endpoints } from '../../shared/contract/admin/endpoints.ts';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import { startFaultyCopy } from '../support/contract-breaker.ts';
import { proofSize } from '../support/proof-size.ts';
import { addTestUser, armTestUsers } from '../support/test-store.ts';
import { startWholeServer, WHOLE_SERVER_PASSWORD, type WholeServer } from '../support/whole-server.ts';
import { forgetScopes } from './careless-ways.ts';
import { faultyServers } from './faulty-servers.ts';

const isFull = proofSize({ short: 0, full: 1 }) === 1;
const tried = faultyServers.filter(({ isLong }) => isLong !== true || isFull);
const usual = ['migration:read', 'migration:write'] as const;

const writing = Object.values(endpoints).filter((call) => needsIdempotencyKey(call));
const formOf = ({ method, path }: Pick<Endpoint, 'method' | 'path'>): string => `${method} ${path.replace('{id}', 'scopes').replaceAll(/\{[a-z0-9_]+\}/g, '{}')}`;
/** The calls that a detail names, in its order. */
const callsIn = (detail = ''): string[] => [...detail.matchAll(/(POST|PUT) (\S+) answered/g)].map(([, method, path]) => `${method} ${path?.replaceAll(/[0-9a-f]{64}/g, '{}')}`);

async function trialOf(server: WholeServer, migrationId: string, more: Partial<ConformanceOptions> & { readonly scopes?: Parameters<WholeServer['token']>[1] } = {}): Promise<ConformanceDocument> {
  const { scopes = usual, ...options } = more;
  return runConformance({
    baseUrl: server.url,
    migrationId,
    tokens: { operator: await server.token('operator', scopes), approver: await server.token('approver', ['migration:approve']), reader: await server.token('reader', ['migration:read']) },
    temporaryPassword: WHOLE_SERVER_PASSWORD,
    knownName: undefined,
    mayWriteProduction: false,
    mayRebind: false,
    rowsPerSecond: 12,
    randomBytes: (count) => randomBytes(count),
    progress: () => undefined,
    ...options,
  });
}

const notHolding = ({ clauses }: ConformanceDocument, verdict: 'broken' | 'not_checked'): string[] => clauses.filter((clause) => clause.verdict === verdict).map(({ id, detail }) => `${id}: ${detail}`);

describe('the conformance kit against copies of our server', () => {
  let server: WholeServer;
  const idOf = (place: number): string => `copy-${place}`;
  beforeAll(async () => {
    server = await startWholeServer({ migrations: ['used', 'scopes', ...tried.map((_, place) => idOf(place))], switchedOff: ['off'] });
  });
  afterAll(async () => server.stop());

  it.concurrent.each(tried.map((faulty, place) => ({ ...faulty, place })))('names the clause of a server that $does', async ({ place, step, breaks, fault, scopes, rowsPerSecond }) => {
    const copy = await startFaultyCopy(server.url, fault);
    try {
      const document = await trialOf(server, idOf(place), { baseUrl: copy.url, only: step, ...(scopes === undefined ? {} : { scopes }), ...(rowsPerSecond === undefined ? {} : { rowsPerSecond }) });
      expect(notHolding(document, 'broken').map((line) => line.replace(/:.*$/, ''))).toEqual(breaks);
    } finally {
      await copy.stop();
    }
  });

  it.concurrent('names every writing call for which a server forgets to ask for the scope', async () => {
    const copy = await startFaultyCopy(server.url, forgetScopes());
    try {
      const document = await trialOf(server, 'scopes', { baseUrl: copy.url, only: 'tokens' });
      const [write, approve, reader, ...more] = notHolding(document, 'broken');
      expect([write, approve, reader].map((line) => line?.replace(/:.*$/, ''))).toEqual(['tokens.write_scope', 'tokens.approve_scope', 'tokens.reader_writes_nothing']);
      expect(more).toEqual([]);
      expect(callsIn(write)).toEqual(writing.filter(({ access }) => access === 'migration:write').map(formOf));
      expect(callsIn(approve)).toEqual(writing.filter(({ access }) => access === 'migration:approve').map(formOf));
      expect(callsIn(reader)).toEqual(writing.map(formOf));
    } finally {
      await copy.stop();
    }
  });

  it.concurrent('goes on where policy lets more people change than it can bring to', async () => {
    const lenient = await startWholeServer({ migrations: ['lenient'], policy: { plan_stale_share: 0.1 } });
    try {
      const document = await trialOf(lenient, 'lenient', { only: 'stages' });
      expect(notHolding(document, 'broken')).toEqual([]);
      expect(document.clauses.filter(({ id }) => id.startsWith('execution.')).filter(({ verdict }) => verdict !== 'holds').map(({ id }) => id)).toEqual(['execution.stale']);
    } finally {
      await lenient.stop();
    }
  });

  it('refuses, and writes nothing, where it may not or should not', async () => {
    const refusal = async (more: Parameters<typeof trialOf>[2], migration = 'used'): Promise<string> => {
      const thrown = await trialOf(server, migration, more).catch((error: unknown) => error);
      return thrown instanceof OperatorError ? thrown.problem.code : String(thrown);
    };
    const reader = await server.token('reader', ['migration:read']);
    const known = { email: 'known@example.com' };
    await armTestUsers(server.test, 'used', [{ ...known, userId: await addTestUser(server.test, known) }]);
    expect(await refusal({})).toBe('cohort_not_bound');
    expect(await refusal({}, 'off')).toBe('feature_disabled');
    expect(await refusal({}, 'nobodys')).toBe('unknown_migration');
    expect(await refusal({ tokens: { operator: reader } })).toBe('insufficient_scope');
    expect(await refusal({ tokens: { operator: await server.token('operator', usual), approver: reader } })).toBe('insufficient_scope');
    expect(await refusal({ tokens: { operator: 'no-token' } })).toBe('unauthenticated');
    expect(await refusal({ baseUrl: 'http://127.0.0.1:1' })).toBe('unreachable');
    const elsewhere = await startFaultyCopy(server.url, { answer: () => ({ status: 200, headers: { 'content-type': 'text/html' }, body: '<p>Welcome</p>' }) });
    expect(await refusal({ baseUrl: elsewhere.url })).toBe('not_an_admin_api');
    await elsewhere.stop();
  });
});
