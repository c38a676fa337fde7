import type { Script } from '../../server/store/engine.ts';

/**
 * Everything that a run left behind, as lines of text in a fixed order, without what two equal runs may differ in: times,
 * and the ids that new profiles got.
 */
export async function runEffects(asLogin: Script, runId: string): Promise<readonly string[]> {
  const parts = [
    `select 'run ' || state || ' ' || rows_total || ' ' || cursor || ' ' || next_seq || ' ' || counts::text as line from runs where id = $1`,
    `select 'item ' || i.seq || ' ' || i.row_no || ' ' || i.key || ' ' || i.outcome || ' ' || (i.item - 'at' - 'user_id')::text || ' '
      || exists (select from user_emails e where e.email = i.key and e.user_id = i.user_id)::text as line
      from run_items i where i.run_id = $1 order by i.seq`,
    `select 'snapshot ' || s.key || ' ' || s.existed || ' ' || (s.prior - 'arming')::text || ' ' || (s.left_as - 'arming')::text || ' ' || coalesce(s.left_as -> 'arming' ->> 'state', '-') as line
      from snapshots s where s.run_id = $1 order by s.key`,
    `select 'member ' || m.key || ' ' || m.state || ' ' || m.cohort || ' ' || (m.armed_by_run = $1)::text as line
      from members m join runs r on r.migration_id = m.migration_id where r.id = $1 order by m.key`,
    `select 'user ' || e.email || ' ' || e.kind || ' ' || (e.added_by_run is not null)::text || ' ' || u.full_name || ' ' || u.must_reset_password || ' ' || coalesce(u.migration_cohort, '-')
        || ' ' || coalesce(u.migration_source_file, '-') || ' ' || coalesce(u.created_for, '-') || ' ' || coalesce(s.stripe_customer_id, '-') as line
      from user_emails e join users u on u.id = e.user_id left join stripe_links s on s.user_id = u.id order by e.email`,
    `select 'nobody without an address, but ' || count(*) as line from users u where not exists (select from user_emails e where e.user_id = u.id)`,
    `select 'event ' || v.key || ' ' || v.name || ' ' || v.state as line from events v join runs r on r.migration_id = v.migration_id where r.id = $1 order by v.key, v.state`,
    `select 'put back ' || s.key || ' as before ' || r.kind as line from reverted_snapshots v join snapshots s on s.run_id = v.run_id and s.user_id = v.user_id join runs r on r.id = v.run_id
      where v.reverted_by = $1 order by s.key, r.kind`,
    `select 'removed ' || p.key as line from removed_profiles p where p.removed_by = $1 order by p.key`,
    `select 'outbox ' || count(*) as line from outbox`,
  ];
  const lines: string[] = [];
  for (const text of parts) lines.push(...(await asLogin(text, text.includes('$1') ? [runId] : [])).map((row) => String(row['line'])));
  return lines;
}

/** The first lines that only one side has, so that a failure shows a row and not a million. */
export function firstDifferences(one: readonly string[], other: readonly string[]): readonly string[] {
  const [left, right] = [new Set(one), new Set(other)];
  return [...one.filter((line) => !right.has(line)).map((line) => `- ${line}`), ...other.filter((line) => !left.has(line)).map((line) => `+ ${line}`)].slice(0, 20);
}
