import { sql } from 'kysely';
import { z } from 'zod';
import { listMembers } from '../../shared/contract/admin/members.ts';
import { foldEmail } from '../../shared/core/email.ts';
import { type Member, type MemberState, memberStateSchema } from '../../shared/core/member.ts';
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
 * has written is shown with the account that its address belongs to, if any.
 */
export async function readMembers(tx: ReadTx, migrationId: string, filter: MemberFilter): Promise<{ items: Member[]; next_cursor: string | null }> {
  const { rows } = await sql<Record<string, unknown>>`
    with keys as (
      select c.key from migrations m join cohort_members c on c.cohort = m.bound_cohort where m.id = ${migrationId}
      union
      select key from members where migration_id = ${migrationId}
    ), listed as (
      select k.key as email, coalesce(m.user_id, e.user_id) as user_id, m.prepared_at, m.signed_in_at, m.completed_at,
        case when m.state is null then 'not_prepared'
             when m.state <> 'armed' then m.state
             when m.signed_in_at >= m.prepared_at then 'signed_in'
             else 'prepared' end as state
      from keys k
      left join members m on m.migration_id = ${migrationId} and m.key = k.key
      left join user_emails e on e.email = k.key
    )
    select l.email, l.user_id, l.state, l.prepared_at, l.signed_in_at, l.completed_at,
      u.must_reset_password, u.password_last_set_at, u.password_set_method, u.migration_cohort, u.migration_source_file, s.stripe_customer_id
    from listed l
    left join users u on u.id = l.user_id
    left join stripe_links s on s.user_id = l.user_id
    where (${filter.email}::text is null or l.email = ${filter.email})
      and (${filter.states}::text[] is null or l.state = any (${filter.states}::text[]))
      and (${filter.after}::text is null or l.email > ${filter.after} collate "C")
    order by l.email collate "C"
    limit ${filter.limit + 1}`.execute(tx);
  const found = rows.map((row) => rowSchema.parse(row));
  const items = found.slice(0, filter.limit).map(memberOf);
  return { items, next_cursor: found.length > filter.limit ? (items.at(-1)?.email ?? null) : null };
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
