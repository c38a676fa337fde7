import { hash } from 'node:crypto';
import { canonicalRecordLine, startCohortHash, type CohortRecord } from '../../shared/core/cohort.ts';
import { nameKey } from '../../shared/core/person-name.ts';
import { startSha256 } from '../../server/engine/cohort-store.ts';
import { startAdminServer, type AdminServer } from './admin-server.ts';
import { wayOf } from './migration-way.ts';

/** A prepared database: everything before `execute` has been done. */
export type PreparedPlan = { readonly url: string; readonly migrationId: string; readonly planHash: string; readonly nameOnly: readonly string[]; readonly beside: { readonly migrationId: string; readonly planHash: string } };

/** Of ten people, six are found by address, one by name alone, three are new. */
export type RowKind = 'by_email' | 'by_name' | 'new';
export function kindOf(index: number): RowKind {
  const place = index % 10;
  if (place < 6) return 'by_email';
  return place === 6 ? 'by_name' : 'new';
}

export function recordOf(index: number): CohortRecord {
  return { email: `person.${index}@example.org`, full_name: `Person Number ${index}`, stripe_customer_id: `cus_${String(index).padStart(10, '0')}` };
}

/**
 * Brings a cohort through the API to an approved, tried plan, on the database of that URL, and a second migration beside it
 * to the same, with new people only.
 */
export async function preparePlan(url: string, rowCount: number, { besideRows = 1 }: { readonly besideRows?: number } = {}): Promise<PreparedPlan> {
  const server = await startAdminServer({ location: { kind: 'postgres', url } });
  try {
    const migration = await server.newMigration();
    await addPeople(server, rowCount);
    const way = await wayOf(server, migration);
    const { sha256, body } = cohortOf(rowCount);
    const put = await server.call('PUT', way.path(`cohorts/${sha256}`), { token: way.writer, raw: { type: 'application/x-ndjson', text: body } });
    if (put.status !== 201) throw new Error(put.text);
    const planned = await server.call('POST', way.path('dry-run'), { token: way.writer, body: { source_file: 'cohort.csv', source_sha256: hash('sha256', body), cohort: sha256 } });
    if (planned.status !== 200) throw new Error(planned.text);
    const planHash = String(planned.body['plan_hash']);
    await way.tryOut(planHash, [0, 6, 7].map((index) => recordOf(index).email));
    await way.approve(planHash);
    const nameOnly = Array.from({ length: rowCount }, (_, index) => index).filter((index) => kindOf(index) === 'by_name').map((index) => recordOf(index).email);
    const beside = await prepareBeside(server, besideRows);
    await server.test.asLogin('vacuum analyze');
    return { url, migrationId: migration.id, planHash, nameOnly, beside };
  } finally {
    await server.close();
  }
}

async function prepareBeside(server: AdminServer, rowCount: number): Promise<PreparedPlan['beside']> {
  const migration = await server.newMigration();
  const way = await wayOf(server, migration);
  const records = Array.from({ length: rowCount }, (_, index) => ({ email: `new.${index}@beside.example.org`, full_name: `Beside Number ${index}`, stripe_customer_id: `cus_BESIDE${index}` }));
  const { planHash } = await way.plan(records);
  await way.tryOut(planHash, [records[0]?.email ?? '']);
  await way.approve(planHash);
  return { migrationId: migration.id, planHash };
}

async function addPeople(server: AdminServer, rowCount: number): Promise<void> {
  const { asLogin } = server.test;
  await asLogin(`create table bare_rows as
    select i as row_no, 'person.' || (i - 1) || '@example.org' as key, gen_random_uuid() as user_id, (i - 1) % 10 >= 7 as is_new, (i - 1) % 10 = 6 as by_name,
      'Person Number ' || (i - 1) as full_name, 'person number ' || (i - 1) as name_key, 'cus_' || lpad((i - 1)::text, 10, '0') as stripe
    from generate_series(1, ${rowCount}) as i`);
  if (nameKey(recordOf(2).full_name) !== 'person number 2') throw new Error('Names are folded otherwise than this script says.');
  await asLogin(`insert into users (id, full_name, name_key) select user_id, full_name, name_key from bare_rows where not is_new`);
  await asLogin(`insert into user_emails (email, user_id, kind) select case when by_name then 'other.' || key else key end, user_id, 'primary' from bare_rows where not is_new`);
}

/** A cohort of so many people in its canonical form, with the hash that names it. */
export function cohortOf(rowCount: number): { readonly sha256: string; readonly body: string } {
  const cohort = startCohortHash(startSha256());
  const lines: string[] = [];
  for (let index = 0; index < rowCount; index += 1) {
    const record = recordOf(index);
    cohort.add(record);
    lines.push(`${canonicalRecordLine(record)}\n`);
  }
  return { sha256: cohort.digestHex(), body: lines.join('') };
}
