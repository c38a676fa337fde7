import { type RawBuilder, sql } from 'kysely';
import type { PurgerTx } from '../store/transactions.ts';

/** Why a migration cannot be purged now, in a sentence that says what to do. */
export class NotPurgeable extends Error {
  override readonly name = 'NotPurgeable';
}

/** What was taken away: rows by table. */
export type Purged = Readonly<Record<string, number>>;

/** What becomes of events that their destination never got. */
export type Undelivered = 'refuse' | 'discard';

type Deletion = { readonly table: string; readonly statement: (migration: string) => RawBuilder<unknown> };

const runsOf = (migration: string): RawBuilder<unknown> => sql`select id from runs where migration_id = ${migration}`;
/** Cohorts that no other migration has, or has yet to be purged of. */
const cohortsOf = (migration: string): RawBuilder<unknown> => sql`
  select c.sha256 from cohorts c
  where (exists (select from cohort_uploads u where u.cohort = c.sha256 and u.migration_id = ${migration})
      or exists (select from plans p where p.cohort = c.sha256 and p.migration_id = ${migration}))
    and not exists (select from cohort_uploads u join migrations m on m.id = u.migration_id where u.cohort = c.sha256 and m.purged_at is null)
    and not exists (select from plans p join migrations m on m.id = p.migration_id where p.cohort = c.sha256 and m.purged_at is null)`;

/** In the order that their references ask for. */
const deletions: readonly Deletion[] = [
  { table: 'outbox', statement: (m) => sql`delete from outbox where event_id in (select id from events where migration_id = ${m})` },
  { table: 'events', statement: (m) => sql`delete from events where migration_id = ${m}` },
  { table: 'sessions', statement: (m) => sql`delete from sessions where migration_id = ${m} or validation_key_id in (select id from validation_keys where run_id in (${runsOf(m)}))` },
  { table: 'validation_keys', statement: (m) => sql`delete from validation_keys where run_id in (${runsOf(m)})` },
  { table: 'validation_changes', statement: (m) => sql`delete from validation_changes where run_id in (${runsOf(m)})` },
  { table: 'test_members', statement: (m) => sql`delete from test_members where run_id in (${runsOf(m)})` },
  { table: 'reverted_snapshots', statement: (m) => sql`delete from reverted_snapshots where run_id in (${runsOf(m)})` },
  { table: 'removed_profiles', statement: (m) => sql`delete from removed_profiles where migration_id = ${m}` },
  { table: 'rollback_rows', statement: (m) => sql`delete from rollback_rows where rollback_no in (select rollback_no from rollback_plans where migration_id = ${m})` },
  { table: 'email_confirmations', statement: (m) => sql`delete from email_confirmations where migration_id = ${m}` },
  { table: 'members', statement: (m) => sql`delete from members where migration_id = ${m}` },
  { table: 'snapshots', statement: (m) => sql`delete from snapshots where migration_id = ${m}` },
  { table: 'acknowledgements', statement: (m) => sql`delete from acknowledgements where run_id in (${runsOf(m)})` },
  { table: 'run_items', statement: (m) => sql`delete from run_items where run_id in (${runsOf(m)})` },
  { table: 'plan_rows', statement: (m) => sql`delete from plan_rows where plan_no in (select plan_no from plans where migration_id = ${m})` },
  {
    table: 'idempotency_keys',
    // The preview of a rollback makes no run, and its kept answer lists people; it is known by its hash.
    statement: (m) => sql`delete from idempotency_keys k where k.run_id in (${runsOf(m)}) or (k.run_id is null and k.route like '%/rollback'
      and k.response::jsonb->>'rollback_hash' in (select rollback_hash from rollback_plans where migration_id = ${m}))`,
  },
  { table: 'cohort_members', statement: (m) => sql`delete from cohort_members where cohort in (${cohortsOf(m)})` },
];

/** Tables that `purgeMigration` empties of a migration's people; the rest keeps hashes and counts. */
export const purgedTables: readonly string[] = deletions.map(({ table }) => table);

/**
 * Takes the personal data of a finished migration away and closes it: records, plan rows, items, snapshots, members,
 * events, validation. What receipts and the audit need stays: hashes, counts, who decided what and when. Customers'
 * accounts stay as they are.
 * @throws NotPurgeable while something of it is still under way.
 */
export async function purgeMigration(tx: PurgerTx, migration: string, by: string, undelivered: Undelivered = 'refuse'): Promise<Purged> {
  await requireFinished(tx, migration, undelivered);
  await sql`update migrations set purged_at = now(), purged_by = ${by} where id = ${migration}`.execute(tx);
  const purged: Record<string, number> = {};
  for (const { table, statement } of deletions) {
    const { numAffectedRows } = await statement(migration).execute(tx);
    purged[table] = Number(numAffectedRows ?? 0n);
  }
  await sql`update plans set decisions = '[]', source_file = null where migration_id = ${migration}`.execute(tx);
  await sql`update rollback_plans set selection = '{}' where migration_id = ${migration}`.execute(tx);
  await sql`update runs set only_keys = null where migration_id = ${migration} and only_keys is not null`.execute(tx);
  return purged;
}

/** Looks under lock, so that nothing begins between the look and the end. */
async function requireFinished(tx: PurgerTx, migration: string, undelivered: Undelivered): Promise<void> {
  const { rows } = await sql<{ enabled: boolean; is_purged: boolean; active: number; open_tests: number; armed: number; waiting: number; dead: number; receiptless: number }>`
    select f.enabled, m.purged_at is not null as is_purged,
      (select count(*)::int from runs r where r.migration_id = m.id and r.state in ('queued', 'running', 'pausing', 'paused', 'stopping', 'halted')) as active,
      (select count(*)::int from test_sets t where t.migration_id = m.id and t.state = 'open') as open_tests,
      (select count(*)::int from members a where a.migration_id = m.id and a.state = 'armed') as armed,
      (select count(*)::int from outbox o join events e on e.id = o.event_id where e.migration_id = m.id and o.state = 'pending') as waiting,
      (select count(*)::int from outbox o join events e on e.id = o.event_id where e.migration_id = m.id and o.state = 'dead') as dead,
      (select count(*)::int from runs r where r.migration_id = m.id and not exists (select from receipts x where x.run_id = r.id)) as receiptless
    from migrations m join feature_flags f on f.name = m.flag where m.id = ${migration} for update of m, f`.execute(tx);
  const [state] = rows;
  if (state === undefined) throw new NotPurgeable(`there is no migration ${migration}; see: drydock-server flag list`);
  const plural = (count: number, one: string, many: string): string => `${String(count)} ${count === 1 ? one : many}`;
  if (state.active > 0) throw new NotPurgeable(`${plural(state.active, 'run is', 'runs are')} not over; let them end, or stop them`);
  if (state.enabled) throw new NotPurgeable('its flag is on; switch it off first, so that nothing begins meanwhile');
  if (state.open_tests > 0) throw new NotPurgeable('test users are not put back yet; put them back with rearm');
  if (state.armed > 0) throw new NotPurgeable(`${plural(state.armed, 'person is', 'people are')} prepared and have not set a password; without the migration they could never sign in. Roll them back first`);
  if (undelivered === 'refuse' && state.waiting > 0) throw new NotPurgeable(`${plural(state.waiting, 'event waits', 'events wait')} to be delivered; have them delivered first, or give --discard-events to let them go`);
  if (undelivered === 'refuse' && state.dead > 0) throw new NotPurgeable(`${plural(state.dead, 'event was', 'events were')} given up; replay them first (drydock-server events), or give --discard-events to let them go`);
  if (state.receiptless > 0) throw new NotPurgeable(`${plural(state.receiptless, 'run has', 'runs have')} no receipt yet`);
}

/** Sessions that are over, and keys that no run needs, after so many days. Says how many of each. */
export async function forgetOld(tx: PurgerTx, days: number): Promise<Purged> {
  const sessions = await sql`delete from sessions where coalesce(ended_at, expires_at) < now() - make_interval(days => ${days}::int)`.execute(tx);
  const keys = await sql`delete from idempotency_keys where run_id is null and created_at < now() - make_interval(days => ${days}::int)`.execute(tx);
  return { sessions: Number(sessions.numAffectedRows ?? 0n), idempotency_keys: Number(keys.numAffectedRows ?? 0n) };
}
