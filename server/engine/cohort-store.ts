import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import { canonicalRecordLine, startCohortHash, type CohortRecord } from '../../shared/core/cohort.ts';
import type { Sha256Stream } from '../../shared/core/hashing.ts';
import { nameKey } from '../../shared/core/person-name.ts';
import { jsonText } from '../store/json-text.ts';
import type { AdminTx, PlannerTx, ReadTx } from '../store/transactions.ts';
import { readRecord, type CohortRow } from '../playbooks/account-prep/plan-batch.ts';

/** Records a statement: enough that statements do not count, few enough that memory does not. */
const INSERT_ROWS = 5000;

/** SHA-256 of text that comes in pieces, by Node. */
export function startSha256(): Sha256Stream {
  const hash = createHash('sha256');
  return { update: (text) => void hash.update(text, 'utf8'), digestHex: () => hash.digest('hex') };
}

/** The name of a cohort: the hash of its canonical form. */
export function cohortOf(records: readonly CohortRecord[]): string {
  const cohort = startCohortHash(startSha256());
  for (const record of records) cohort.add(record);
  return cohort.digestHex();
}

/** A cohort that names somebody twice. `emails` are the addresses of the records among which the second naming stands. */
export class NamedTwice extends Error {
  readonly emails: ReadonlySet<string>;
  constructor(emails: ReadonlySet<string>) {
    super('A cohort names somebody twice.');
    this.emails = emails;
  }
}

/**
 * Keeps a cohort under the hash that names it, and who brought it. `records` are canonical, in file order. A cohort that
 * is known already stays as it is. Resolves to whether it was new.
 * @throws NamedTwice, after which the transaction cannot go on
 */
export async function keepCohort(
  tx: PlannerTx | AdminTx,
  cohort: { readonly sha256: string; readonly recordCount: number; readonly records: Iterable<CohortRecord> | AsyncIterable<CohortRecord> },
  broughtBy: { readonly migrationId: string; readonly sub: string },
): Promise<boolean> {
  const added = await sql`insert into cohorts (sha256, record_count) values (${cohort.sha256}, ${cohort.recordCount})
    on conflict (sha256) do nothing returning sha256`.execute(tx);
  // One whose people a purge took away is as good as new: its name was kept for the receipts alone.
  const isNew = added.rows.length > 0 || !(await hasMembers(tx, cohort.sha256));
  if (isNew) await keepMembers(tx, cohort.sha256, cohort.records);
  await sql`insert into cohort_uploads (migration_id, cohort, uploaded_by)
    values (${broughtBy.migrationId}, ${cohort.sha256}, ${broughtBy.sub}) on conflict do nothing`.execute(tx);
  return isNew;
}

async function hasMembers(tx: PlannerTx | AdminTx, sha256: string): Promise<boolean> {
  // Two who bring it again at once: the second waits here and finds it.
  await sql`select pg_advisory_xact_lock(hashtextextended(${`cohort ${sha256}`}, 0))`.execute(tx);
  return (await findCohort(tx, sha256)) !== undefined;
}

/** The next records are read while the database still files the last ones: reading and checking a million takes half as long as filing them. */
async function keepMembers(tx: PlannerTx | AdminTx, sha256: string, records: Iterable<CohortRecord> | AsyncIterable<CohortRecord>): Promise<void> {
  let next: CohortRecord[] = [];
  let sent = 0;
  let filing: Promise<Error | undefined> = Promise.resolve(undefined);
  const filed = async (): Promise<void> => {
    const failure = await filing;
    if (failure !== undefined) throw failure;
  };
  const send = async (): Promise<void> => {
    await filed();
    // A failure is kept as a value until it is asked for: nobody listens while records are still being read.
    filing = insertMembers(tx, sha256, sent, next).then(() => undefined, asFailureAmong(next));
    sent += next.length;
    next = [];
  };
  try {
    for await (const record of records) {
      next.push(record);
      if (next.length === INSERT_ROWS) await send();
    }
    if (next.length > 0) await send();
  } finally {
    // The transaction must not be ended under a statement that is still at work, whoever failed.
    await filing;
  }
  await filed();
}

function asFailureAmong(records: readonly CohortRecord[]): (error: unknown) => Error {
  return (error) => {
    if (isNamedTwice(error)) return new NamedTwice(new Set(records.map(({ email }) => email)));
    return error instanceof Error ? error : new Error('The records of a cohort were not kept.', { cause: error });
  };
}

/** A key stands once in a cohort; the database says so where it does not. */
function isNamedTwice(error: unknown): boolean {
  return typeof error === 'object' && error !== null && 'constraint' in error && error.constraint === 'cohort_members_pkey';
}

/** The canonical lines go in as they are, each the record itself; neither they nor name keys can hold a line break. */
async function insertMembers(tx: PlannerTx | AdminTx, sha256: string, kept: number, records: readonly CohortRecord[]): Promise<void> {
  const lines = records.map(canonicalRecordLine).join('\n');
  const nameKeys = records.map((record) => nameKey(record.full_name)).join('\n');
  await sql`insert into cohort_members (cohort, row_no, key, name_key, record)
    select ${sha256}, ${kept}::bigint + m.place, m.record ->> 'email', m.name_key, m.record
    from (
      select l.line::jsonb as record, l.name_key, l.place
      from rows from (string_to_table(${lines}::text, E'\\n'), string_to_table(${nameKeys}::text, E'\\n')) with ordinality as l (line, name_key, place)
      offset 0
    ) m order by m.place`.execute(tx);
}

/** Whether the cohort is known with its people, and how many records it has. Of one that was purged only the name is left. */
export async function findCohort(tx: ReadTx, sha256: string): Promise<{ readonly recordCount: number } | undefined> {
  const { rows } = await sql<{ record_count: number }>`
    select record_count from cohorts c where sha256 = ${sha256} and exists (select from cohort_members m where m.cohort = c.sha256)`.execute(tx);
  return rows[0] === undefined ? undefined : { recordCount: Number(rows[0].record_count) };
}

/** Which of these keys the cohort has. */
export async function keysInCohort(tx: ReadTx, sha256: string, keys: readonly string[]): Promise<ReadonlySet<string>> {
  if (keys.length === 0) return new Set();
  const { rows } = await sql<{ key: string }>`
    select c.key from jsonb_array_elements_text(${jsonText(keys)}::text::jsonb) as w (key)
    join cohort_members c on c.cohort = ${sha256} and c.key = w.key`.execute(tx);
  return new Set(rows.map(({ key }) => key));
}

/** Rows of a cohort by their places, in file order. */
export async function readCohortRows(tx: ReadTx, sha256: string, places: readonly number[]): Promise<CohortRow[]> {
  const { rows } = await sql<{ row_no: number; record: unknown }>`
    select c.row_no, c.record from jsonb_array_elements_text(${jsonText(places)}::text::jsonb) as w (row_no)
    join cohort_members c on c.cohort = ${sha256} and c.row_no = w.row_no::bigint order by c.row_no`.execute(tx);
  return rows.map((row) => ({ row: Number(row.row_no), record: readRecord(row.record) }));
}
