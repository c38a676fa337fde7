import { randomBytes } from 'node:crypto';
import { expect, it, onTestFinished } from 'vitest';
import { clauseIds } from '../../operator/conformance/clauses.ts';
import { runConformance } from '../../operator/conformance/run-conformance.ts';
import { startPostgres } from '../support/postgres.ts';
import { addTestUser } from '../support/test-store.ts';
import { startWholeServer, WHOLE_SERVER_PASSWORD } from '../support/whole-server.ts';

it('finds every clause kept on PostgreSQL too, and by the policy of a production environment', { timeout: 120_000 }, async () => {
  const postgres = await startPostgres();
  const server = await startWholeServer({ migrations: ['good'], switchedOff: ['off'], location: { kind: 'postgres', url: await postgres.createDatabase() }, kind: 'production' });
  onTestFinished(async () => {
    await server.stop();
    await postgres.stop();
  });
  await addTestUser(server.test, { email: 'known@example.com', name: 'Only Onename' });
  const options = {
    baseUrl: server.url,
    migrationId: 'good',
    tokens: { operator: await server.token('operator', ['migration:write']), approver: await server.token('approver', ['migration:approve']), reader: await server.token('reader', ['migration:read']) },
    temporaryPassword: WHOLE_SERVER_PASSWORD,
    knownName: 'Only Onename',
    mayRebind: false,
    rowsPerSecond: 12,
    randomBytes: (count: number) => randomBytes(count),
    progress: () => undefined,
  };
  await expect(runConformance({ ...options, mayWriteProduction: false })).rejects.toThrow(/conformance_in_production/);
  const document = await runConformance({ ...options, mayWriteProduction: true });
  expect(document.clauses.filter(({ verdict }) => verdict === 'broken')).toEqual([]);
  // One needs an operator who may approve, the other a key that is registered already.
  expect(document.clauses.filter(({ verdict }) => verdict === 'not_checked').map(({ id }) => id)).toEqual(['approvals.other_person', 'signers.second_key']);
  expect(document.clauses.map(({ id }) => id)).toEqual(clauseIds);
  expect(document.holds + document.not_checked).toBe(clauseIds.length);
  expect(server.failures).toEqual([]);
});
