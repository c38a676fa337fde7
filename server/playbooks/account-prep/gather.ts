import { sql } from 'kysely';
import type { CohortRecord } from '../../../shared/core/cohort.ts';
import { nameKey } from '../../../shared/core/person-name.ts';
import type { NameCandidates, RecordFacts, UserFacts } from '../../../shared/playbooks/account-prep/gathered.ts';
import { addresses, customers, stripeLinks } from '../../directory/customer-relations.ts';
import { jsonText } from '../../store/json-text.ts';
import type { ReadTx } from '../../store/transactions.ts';
import { MIGRATION_COMPLETE } from '../../auth/migration-complete.ts';

/** A record that facts are wanted for, with its place in the cohort. */
export type WantedRecord = { readonly row: number; readonly record: CohortRecord };

type Link = {
  readonly row_no: number;
  readonly by_email: string | null;
  readonly name_count: number;
  readonly by_name: string | null;
  readonly stripe_holder: string | null;
};

/**
 * Gathers what the planner wants to know of these records, in two statements however many there are (A2: look-ups by
 * the cohort's own keys, never a walk over users). Profiles that this migration created count for no name. The result
 * has an entry for each row. Times and secrets are not among the facts.
 */
export async function gatherFacts(tx: ReadTx, migrationId: string, wanted: readonly WantedRecord[]): Promise<ReadonlyMap<number, RecordFacts>> {
  const links = await findLinks(tx, migrationId, wanted);
  const userIds = new Set<string>();
  for (const { by_email: byEmail, by_name: byName } of links) {
    if (byEmail !== null) userIds.add(byEmail);
    if (byName !== null) userIds.add(byName);
  }
  const users = await readUsers(tx, migrationId, [...userIds]);
  return new Map(links.map((link) => [link.row_no, factsOf(link, users)]));
}

function factsOf(link: Link, users: ReadonlyMap<string, UserFacts>): RecordFacts {
  const byEmail = link.by_email === null ? null : (users.get(link.by_email) ?? null);
  return { byEmail, byName: byEmail === null ? candidatesOf(link, users) : { kind: 'none' }, stripeHolderId: link.stripe_holder };
}

function candidatesOf(link: Link, users: ReadonlyMap<string, UserFacts>): NameCandidates {
  if (link.name_count > 1) return { kind: 'several', count: link.name_count };
  const user = link.by_name === null ? undefined : users.get(link.by_name);
  return user === undefined ? { kind: 'none' } : { kind: 'one', user };
}

async function findLinks(tx: ReadTx, migrationId: string, wanted: readonly WantedRecord[]): Promise<readonly Link[]> {
  const keys = wanted.map(({ row, record }) => ({
    row_no: row,
    email: record.email,
    name_key: nameKey(record.full_name),
    stripe: record.stripe_customer_id,
  }));
  const { rows } = await sql<Link>`
    select w.row_no, e.user_id as by_email, coalesce(n.name_count, 0)::int as name_count, n.user_id as by_name, s.user_id as stripe_holder
    from jsonb_to_recordset(${jsonText(keys)}::text::jsonb) as w (row_no bigint, email text, name_key text, stripe text)
    left join lateral (select user_id from ${addresses} where email = w.email) e on true
    left join lateral (
      select count(*) as name_count, case when count(*) = 1 then (array_agg(u.id))[1] end as user_id
      from ${customers} u
      where e.user_id is null and u.name_key = w.name_key
        and not exists (select from runs r where r.id = u.created_by_run and r.migration_id = ${migrationId})
    ) n on true
    left join lateral (select user_id from ${stripeLinks} where stripe_customer_id = w.stripe) s on true
    order by w.row_no`.execute(tx);
  return rows;
}

type UserRow = {
  readonly id: string;
  readonly full_name: string;
  readonly emails: string[];
  readonly must_reset_password: boolean;
  readonly stripe_customer_id: string | null;
  readonly migration_cohort: string | null;
  readonly migration_source_file: string | null;
  readonly role: string;
  readonly armed_by: string | null;
  readonly has_completed: boolean;
};

async function readUsers(tx: ReadTx, migrationId: string, userIds: readonly string[]): Promise<ReadonlyMap<string, UserFacts>> {
  if (userIds.length === 0) return new Map();
  const { rows } = await sql<UserRow>`
    select u.id, u.full_name, coalesce(e.emails, '{}') as emails, u.must_reset_password, s.stripe_customer_id,
      u.migration_cohort, u.migration_source_file, u.role, a.migration_id as armed_by,
      exists (
        select from events v
        where v.migration_id = ${migrationId} and v.user_id = u.id and v.name = ${MIGRATION_COMPLETE} and v.state = 'recorded'
      ) as has_completed
    from jsonb_array_elements_text(${jsonText(userIds)}::text::jsonb) as w (id)
    join ${customers} u on u.id = w.id::uuid
    left join lateral (select array_agg(email::text order by email) as emails from ${addresses} where user_id = u.id) e on true
    left join ${stripeLinks} s on s.user_id = u.id
    left join members a on a.user_id = u.id and a.state = 'armed'`.execute(tx);
  return new Map(rows.map((row) => [row.id, userFactsOf(row)]));
}

function userFactsOf(row: UserRow): UserFacts {
  return {
    userId: row.id,
    fullName: row.full_name,
    emails: row.emails,
    mustReset: row.must_reset_password,
    stripeCustomerId: row.stripe_customer_id,
    cohortTag: row.migration_cohort,
    sourceFile: row.migration_source_file,
    role: row.role,
    armedBy: row.armed_by,
    hasCompleted: row.has_completed,
  };
}
