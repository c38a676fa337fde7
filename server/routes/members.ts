import { type RawBuilder, sql } from 'kysely';
import { z } from 'zod';
import { listMembers } from '../../shared/contract/admin/members.ts';
import { foldEmail } from '../../shared/core/email.ts';
import { type Member, type MemberState, memberStateSchema } from '../../shared/core/member.ts';
import { addresses, customers, stripeLinks } from '../directory/customer-relations.ts';
import { Refusal } from '../guards/refusal.ts';
import type { RouteRegistrar } from '../guards/registrar.ts';
import type { ReadTx } from '../store/store.ts';
import type { AdminRouteDeps } from './admin-route-deps.ts';
import { requireMigration } from './require-migration.ts';

const defaultLimit = 100;

const rowSchema = z.object({
  email: z.string(),
  user_id: z.string().nullable(),
  state: memberStateSchema,
  must_reset_password: z.boolean().nullable(),
  prepared_at: z.date().nullable(),
  signed_in_at: z.date().nullable(),
  completed_at: z.date().nullable(),
  password_last_set_at: z.date().nullable(),
  password_set_method: z.string().nullable(),
  stripe_customer_id: z.string().nullable(),
  migration_cohort: z.string().nullable(),
  migration_source_file: z.string().nullable(),
});

/** Which members are asked for. */
export interface MemberFilter {
  readonly email: string | null;
  readonly states: readonly MemberState[] | null;
  /** Members behind this address, in ASCII order. */
  readonly after: string | null;
  readonly limit: number;
}

/** `GET /admin/migration/{id}/members`: cohort members only (A2). */
export function registerMembers(routes: RouteRegistrar, { store }: AdminRouteDeps): void {
  routes.read(listMembers, async (call) => {
    const { query } = call;
    const states = query.state === undefined ? null : [stateOf(query.state)];
    const folded = query.email === undefined ? null : foldEmail(query.email);
    if (folded !== null && !folded.ok) return { body: { items: [], next_cursor: null } };
    const filter: MemberFilter = { email: folded?.email ?? null, states, after: query.after ?? null, limit: Number(query.limit ?? defaultLimit) };
    const page = await store.inReadTx(async (tx) => readMembers(tx, requireMigration(call).id, filter));
    return { body: page };
  });
}

function stateOf(text: string): MemberState {
  const state = memberStateSchema.safeParse(text);
  if (state.success) return state.data;
  throw new Refusal('invalid_request', { errors: [{ path: 'state', message: `must be one of ${memberStateSchema.options.join(', ')}` }] });
}

/**
 * A page of a migration's members: everyone its runs prepared, and the rest of the bound cohort. A member whom no run
 * has written is shown with the account that its address belongs to, if any. Each source is read in the order of the
 * list and no further than the page, so a page of a million costs what a page of sixty does.
 */
export async function readMembers(tx: ReadTx, migrationId: string, filter: MemberFilter): Promise<{ items: Member[]; next_cursor: string | null }> {
  const { rows } = await sql<Record<string, unknown>>`
    with page as (
      select key from (${sql.join(sourcesOf(migrationId, filter), sql` union `)}) as sources
      order by key limit ${filter.limit + 1}
    )
    select p.key as email, coalesce(m.user_id, e.user_id) as user_id, m.prepared_at, m.signed_in_at, m.completed_at,
      case when m.state is null and exists (select from removed_profiles r where r.migration_id = ${migrationId} and r.key = p.key) then 'rolled_back'
           when m.state is null then 'not_prepared'
           when m.state <> 'armed' then m.state
           when m.signed_in_at >= m.prepared_at then 'signed_in'
           else 'prepared' end as state,
      u.must_reset_password, u.password_last_set_at, u.password_set_method, u.migration_cohort, u.migration_source_file, s.stripe_customer_id
    from page p
    left join lateral (
      select * from members m where m.migration_id = ${migrationId} and m.key = p.key
      order by m.state = 'rolled_back', m.prepared_at desc limit 1
    ) m on true
    left join ${addresses} e on e.email = p.key
    left join ${customers} u on u.id = coalesce(m.user_id, e.user_id)
    left join ${stripeLinks} s on s.user_id = u.id
    order by p.key`.execute(tx);
  const found = rows.map((row) => rowSchema.parse(row));
  const items = found.slice(0, filter.limit).map(memberOf);
  return { items, next_cursor: found.length > filter.limit ? (items.at(-1)?.email ?? null) : null };
}

/**
 * Where members come from, each part in the order of the list: the ones that are prepared or complete, the ones put back
 * (unless the address was prepared again, for whomever), and those of the cohort whom no run has written.
 */
function sourcesOf(migrationId: string, filter: MemberFilter): RawBuilder<unknown>[] {
  const { states } = filter;
  const wants = (state: MemberState): boolean => states === null || states.includes(state);
  const place = (key: RawBuilder<unknown>): RawBuilder<unknown> => sql`
    (${filter.email}::text is null or ${key} = ${filter.email}::text) and (${filter.after}::text is null or ${key} > ${filter.after} collate "C")`;
  const end = sql`order by key limit ${filter.limit + 1}`;
  const bound = sql`(select bound_cohort from migrations where id = ${migrationId})`;
  const sources: RawBuilder<unknown>[] = [];
  if (wants('prepared') || wants('signed_in') || wants('completed')) {
    sources.push(sql`(select m.key from members m where m.migration_id = ${migrationId} and m.state <> 'rolled_back' and ${place(sql`m.key`)}
      and ((m.state = 'completed' and ${wants('completed')}::boolean)
        or (m.state = 'armed' and case when m.signed_in_at >= m.prepared_at then ${wants('signed_in')}::boolean else ${wants('prepared')}::boolean end)) ${end})`);
  }
  if (wants('rolled_back')) {
    sources.push(sql`(select distinct m.key from members m where m.migration_id = ${migrationId} and m.state = 'rolled_back' and ${place(sql`m.key`)}
      and not exists (select from members o where o.migration_id = m.migration_id and o.key = m.key and o.state <> 'rolled_back') ${end})`);
    sources.push(sql`(select r.key from removed_profiles r where r.migration_id = ${migrationId} and ${place(sql`r.key`)}
      and not exists (select from members o where o.migration_id = r.migration_id and o.key = r.key) ${end})`);
  }
  if (wants('not_prepared')) {
    // With every state wanted it does not matter here who is prepared already: the same address is listed once.
    const unwritten = states === null ? sql`true` : sql`not exists (select from members m where m.migration_id = ${migrationId} and m.key = c.key)
      and not exists (select from removed_profiles r where r.migration_id = ${migrationId} and r.key = c.key)`;
    sources.push(sql`(select c.key from cohort_members c where c.cohort = ${bound} and ${place(sql`c.key`)} and ${unwritten} ${end})`);
  }
  return sources;
}

function memberOf(row: z.infer<typeof rowSchema>): Member {
  return {
    email: row.email,
    user_id: row.user_id,
    state: row.state,
    must_reset_password: row.must_reset_password ?? false,
    prepared_at: timeOf(row.prepared_at),
    signed_in_at: timeOf(row.signed_in_at),
    completed_at: timeOf(row.completed_at),
    password_last_set_at: timeOf(row.password_last_set_at),
    password_set_method: row.password_set_method,
    stripe_customer_id: row.stripe_customer_id,
    migration: { cohort: row.migration_cohort, source_file: row.migration_source_file },
  };
}

function timeOf(time: Date | null): string | null {
  return time === null ? null : time.toISOString();
}
