import { createReadStream, openSync, closeSync, writeSync, mkdtempSync, rmSync, chmodSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { canonicalRecordLine, cohortRecordSchema, startCohortHash, type CohortRecord } from '../shared/core/cohort.ts';
import { nameKey } from '../shared/core/person-name.ts';
import { startSha256 } from '../server/engine/cohort-store.ts';
import { declareTestMigration, openTestStore } from '../tests/support/test-store.ts';
import { recordOf } from '../tests/support/prepared-plan.ts';

export const BENCH_MIGRATION = 'bench';

/** A database with so many customers, analysed, and a migration that has not begun. */
export async function prepareCustomers(url: string, userCount: number): Promise<void> {
  const test = await openTestStore({ kind: 'postgres', url });
  try {
    await declareTestMigration(test, BENCH_MIGRATION);
    if (nameKey(recordOf(2).full_name) !== 'person number 2') throw new Error('Names are folded otherwise than this script says.');
    // Of ten people of a cohort six are customers by address, one by name; three are new. The places of the new ones are taken by others.
    await test.asLogin(`create table made as select i, gen_random_uuid() as id, i % 10 as place from generate_series(0, ${userCount} - 1) as i`);
    await test.asLogin(`insert into users (id, full_name, name_key)
      select id, case when place < 7 then 'Person Number ' else 'Somebody Else ' end || i, case when place < 7 then 'person number ' else 'somebody else ' end || i from made order by id`);
    await test.asLogin(`insert into user_emails (email, user_id, kind)
      select case when place < 6 then 'person.' || i || '@example.org' else 'other.' || i || '@example.org' end, id, 'primary' from made order by 1`);
    await test.asLogin(`insert into stripe_links (stripe_customer_id, user_id) select 'cus_0' || i, id from made where place = 0 order by 1`);
    await test.asLogin('drop table made');
    await test.asLogin('vacuum analyze');
  } finally {
    await test.store.close();
  }
}

/** One cohort in two files: as it is uploaded, and as `COPY` reads it. */
export type CohortFiles = { readonly sha256: string; readonly ndjson: string; readonly copy: string; readonly remove: () => void };

/** Every `step`-th person, so that small cohorts lie all over a large table. */
export function writeCohort(rowCount: number, step = 1): CohortFiles {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-bench-'));
  chmodSync(folder, 0o755);
  const [ndjson, copy] = [join(folder, 'cohort.ndjson'), join(folder, 'cohort.tsv')];
  const [first, second] = [openSync(ndjson, 'w'), openSync(copy, 'w')];
  const cohort = startCohortHash(startSha256());
  for (let from = 0; from < rowCount; from += 10_000) {
    let [lines, rows] = ['', ''];
    for (let index = from; index < Math.min(rowCount, from + 10_000); index += 1) {
      const record = recordOf(index * step);
      cohort.add(record);
      lines += `${canonicalRecordLine(record)}\n`;
      rows += `${index + 1}\t${record.email}\t${nameKey(record.full_name)}\t${record.stripe_customer_id}\t${canonicalRecordLine(record)}\n`;
    }
    writeSync(first, lines);
    writeSync(second, rows);
  }
  closeSync(first);
  closeSync(second);
  return { sha256: cohort.digestHex(), ndjson, copy, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** The records of an uploaded file, one by one. */
export async function* recordsIn(path: string): AsyncGenerator<CohortRecord> {
  for await (const line of createInterface({ input: createReadStream(path, { encoding: 'utf8' }) })) yield cohortRecordSchema.parse(JSON.parse(line));
}

