import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import { summarizePlan } from '../../shared/core/plan-summary.ts';
import { writeCsv } from '../csv/write-csv.ts';
import { type TestOperator, checkedSource, openTestOperator, refusalCode, temporaryHome } from '../operator.testing.ts';
import type { CheckedSource } from '../sources.ts';
import { type StubAdminApi, startStubAdminApi } from '../stub-admin-api.testing.ts';

const planHash = 'a'.repeat(64);
const cohort = 'c'.repeat(64);
const people = [['=cmd()', 'zoe@example.com'], ['Ann Lind', 'ann@example.com'], ['Bea Holm', 'bea@example.com']] as const;
const records = people.map(([full_name, email], index) => ({ email, full_name, stripe_customer_id: `cus_ABCDEF${index}` }));
const rows: readonly PlanRow[] = records.map(({ email, stripe_customer_id }, index) => ({
  row: index + 1, email, email_match: 'MATCH_EMAIL', match: 'MATCH_EMAIL', action: index === 2 ? 'BLOCKED' : 'UPDATE_EXISTING', user_id: `u${index}`, warnings: [], precondition: {},
  changes: [{ field: 'stripe_customer_id', before: null, after: stripe_customer_id }],
}));
const rejected = Array.from({ length: 2_500 }, (_, index) => ({ line: index + 2, row: index + 1, field: index % 2 === 0 ? 'email' : 'full_name', code: index % 2 === 0 ? 'email_malformed' : 'name_missing', masked: `v${index}***` }));

let stub: StubAdminApi;
let home: ReturnType<typeof temporaryHome>;
let opened: TestOperator;

beforeEach(async () => {
  stub = await startStubAdminApi({
    dryRun: () => ({ run_id: 'plan-run', plan_hash: planHash, cohort, summary: summarizePlan(rows), rows: [...rows], next_cursor: null }),
    listMembers: ({ query }) => {
      const member = { email: 'ann@example.com', user_id: 'u1', state: 'prepared' as const, must_reset_password: true, prepared_at: null, signed_in_at: null, completed_at: null, password_last_set_at: null, password_set_method: null, stripe_customer_id: 'cus_ABCDEF1', migration: { cohort: null, source_file: null } };
      return query.get('after') === null ? { items: [member], next_cursor: 'x' } : { items: [{ ...member, email: 'bea@example.com' }], next_cursor: null };
    },
  });
  home = temporaryHome();
  opened = await openTestOperator(home.home);
  const source: CheckedSource = { ...checkedSource('source-1', records, cohort), rejected: () => rejected, page: (_list, offset, limit) => rejected.slice(offset, offset + limit) };
  opened.operator.parts.sources.add({ ...source, summary: { ...source.summary, rejected_count: rejected.length } });
  await opened.client.call('environments.add', { name: 'staging', url: stub.url, token: 'token' });
  await opened.client.call('plans.dryRun', { migration: 'm1', source_id: 'source-1' });
});
afterEach(async () => {
  await opened.operator.close();
  await stub.close();
  home.remove();
});

async function exported(view: Parameters<typeof opened.client.call<'views.export'>>[1]['view'], masked = false): Promise<{ readonly name: string; readonly lines: readonly string[] }> {
  const { download_id, file_name } = await opened.client.call('views.export', { view, masked });
  const { path } = opened.operator.downloads.get(download_id);
  return { name: file_name, lines: readFileSync(path, 'utf8').trimEnd().split('\r\n') };
}

it('writes the plan’s rows as they are filtered and ordered, with no cell that a spreadsheet would run', async () => {
  const { name, lines } = await exported({ of: 'plan_rows', migration: 'm1', plan_hash: planHash, action: 'UPDATE_EXISTING', sort: 'email' });
  expect(name).toBe('plan-m1-aaaaaaaaaaaa-rows.csv');
  expect(lines).toEqual([
    'Row,Action,Match,People of that name,Name,E-mail,Customer,Must reset password,Stripe customer,E-mail addresses,Cohort tag,Warnings,Reason,Decided for the next plan',
    '2,UPDATE_EXISTING,MATCH_EMAIL,,Ann Lind,ann@example.com,u1,,cus_ABCDEF1,,,,,',
    "1,UPDATE_EXISTING,MATCH_EMAIL,,'=cmd(),zoe@example.com,u0,,cus_ABCDEF0,,,,,",
  ]);
});

it('masks people where the screen does, and says so in the name of the file', async () => {
  const { name, lines } = await exported({ of: 'plan_rows', migration: 'm1', plan_hash: planHash }, true);
  expect(name).toBe('plan-m1-aaaaaaaaaaaa-rows-masked.csv');
  expect(lines.join()).not.toMatch(/ann@example|Ann Lind|cus_ABCDEF/);
  expect(lines[2]).toBe('2,UPDATE_EXISTING,MATCH_EMAIL,,A***,a***@e***.com,u1,,cus_***,,,,,');
});

it('narrows, searches and orders what was left out, counts what it can be narrowed to, and writes all of that view', async () => {
  const ask = (query: object) => opened.client.call('sources.listRejected', { source_id: 'source-1', offset: 0, limit: 2, ...query });
  expect((await ask({ offset: 2_400 })).items.map(({ line }) => line)).toEqual([2_402, 2_403]);
  expect(await ask({ code: 'email_malformed', sort: 'line', descending: true })).toMatchObject({ total: 1_250, items: [{ line: 2_500 }, { line: 2_498 }] });
  expect(await ask({ field: 'full_name', q: 'v1201' })).toMatchObject({ total: 1, items: [{ line: 1_203 }] });
  expect(await opened.client.call('sources.countLeftOut', { source_id: 'source-1', list: 'rejected' })).toEqual({
    codes: [{ value: 'email_malformed', count: 1_250 }, { value: 'name_missing', count: 1_250 }],
    fields: [{ value: 'email', count: 1_250 }, { value: 'full_name', count: 1_250 }],
  });
  const { name, lines } = await exported({ of: 'left_out', source_id: 'source-1', list: 'rejected', code: 'name_missing', sort: 'line', descending: true });
  expect([name, lines.length, lines[1]?.split(',').slice(0, 5)]).toEqual(['people-rejected.csv', 1_251, ['2501', '2500', 'full_name', 'v2499***', 'name_missing']]);
});

it('writes every member, from page to page', async () => {
  const { name, lines } = await exported({ of: 'members', migration: 'm1', state: 'prepared' });
  expect([name, lines.length, lines[2]?.split(',')[0]]).toEqual(['members-m1-prepared.csv', 3, 'bea@example.com']);
});

it('leaves nothing half-written where the disk takes no more, and says it in a sentence', async () => {
  const path = join(home.home, 'x.csv');
  async function* untilFull(): AsyncGenerator<string> {
    yield 'x'.repeat(1 << 20);
    throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
  }
  expect([await refusalCode(writeCsv(path, untilFull())), existsSync(path)]).toEqual(['export_no_room', false]);
});
