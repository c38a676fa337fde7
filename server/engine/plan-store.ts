import { sql } from 'kysely';
import type { Decision } from '../../shared/core/decisions.ts';
import { decisionSchema } from '../../shared/core/decisions.ts';
import { PLAN_HASH_BLOCK_ROWS } from '../../shared/core/plan-hash.ts';
import { planRowSchema, type PlanRow } from '../../shared/core/plan-row.ts';
import { planSummarySchema, type PlanSummary } from '../../shared/core/plan-summary.ts';
import { accountPrepSettingsSchema, hashedSettings, type AccountPrepSettings, type PlanSettings } from '../../shared/playbooks/account-prep/settings.ts';
import { jsonText } from '../store/json-text.ts';
import { keptAs } from '../store/kept-statements.ts';
import { declaredSettingsOf } from './declared-settings.ts';
import { liveCredentialOf } from './live-credential.ts';
import type { PlannerTx, ReadTx } from '../store/transactions.ts';

/** A plan as it is kept, without its rows. */
export type StoredPlan = {
  /** What its rows are filed under in this database; means nothing outside. */
  readonly planNo: number;
  readonly planHash: string;
  readonly migrationId: string;
  readonly cohort: string;
  readonly sourceFile: string;
  readonly credentialId: string | null;
  /** What was declared when it was made, and is approved with it: batches write by these, whatever is declared meanwhile. */
  readonly settings: AccountPrepSettings;
  readonly decisions: readonly Decision[];
  readonly isPartial: boolean;
  readonly rowCount: number;
  readonly summary: PlanSummary;
};

export type NewPlan = Omit<StoredPlan, 'planNo'> & {
  readonly playbookVersion: string;
  readonly sourceSha256: string;
};

/** What the rows of a plan are made for, by the plan's own settings. */
export function planSettingsOf(plan: Pick<StoredPlan, 'migrationId' | 'settings' | 'sourceFile'>): PlanSettings {
  return { migration: plan.migrationId, cohortTag: plan.settings.cohort_tag, sourceFile: plan.sourceFile };
}

/** A row by place and address, with what it does. */
export type NamedRow = Pick<PlanRow, 'row' | 'email' | 'match' | 'action'>;

/** The kind of some rows of a plan, and how many they are. */
export type FiledKind = { readonly kindNo: number; readonly match: string; readonly action: string; readonly warnings: readonly string[]; readonly rowCount: number };

/**
 * Opens a plan in this transaction: rows are filed under its number, and its hash, which they decide, ends the making. Says too
 * with which settings and temporary password it is made: one question less for a plan of a few rows, which is mostly waiting for answers.
 */
export async function openPlan(tx: PlannerTx, migrationId: string): Promise<Pick<StoredPlan, 'planNo' | 'credentialId' | 'settings'>> {
  const { rows } = await sql<{ plan_no: number; credential_id: string | null; settings: unknown }>`${keptAs('open-plan')}
    insert into plan_bodies default values
    returning plan_no, ${liveCredentialOf(migrationId)} as credential_id, ${declaredSettingsOf(migrationId)} as settings`.execute(tx);
  const [body] = rows;
  if (body === undefined) throw new Error('A plan got no number.');
  return { planNo: Number(body.plan_no), credentialId: body.credential_id, settings: accountPrepSettingsSchema.parse(body.settings) };
}

/**
 * Ends the making of a plan: from here on it has its hash and takes no more rows. The database judges its rows by its cohort
 * and its counts. Resolves to false, with nothing kept, where the same plan is there already.
 */
export async function sealPlan(tx: PlannerTx, planNo: number, plan: NewPlan): Promise<boolean> {
  const added = await sql`${keptAs('seal-plan')}
    insert into plans (plan_no, plan_hash, migration_id, playbook_version, cohort, source_file, source_sha256, credential_id, settings, decisions,
      is_partial, row_count, summary)
    values (${planNo}, ${plan.planHash}, ${plan.migrationId}, ${plan.playbookVersion}, ${plan.cohort}, ${plan.sourceFile}, ${plan.sourceSha256},
      ${plan.credentialId}::uuid, ${jsonText(hashedSettings(plan.settings))}::text::jsonb, ${jsonText(plan.decisions)}::text::jsonb, ${plan.isPartial},
      ${plan.rowCount}, ${jsonText(plan.summary)}::text::jsonb)
    on conflict (plan_hash) do nothing returning plan_no`.execute(tx);
  return added.rows.length > 0;
}

/**
 * Files what the rows of a plan have in common, and gives the plan hash of the rows that are filed, as `startPlanHash` makes it:
 * a block of rows at a time is joined and hashed, so that neither side ever holds the plan. For few rows the transaction must
 * have been prepared already (`prepareGathering`); for many it is prepared here.
 */
export async function fileKindsAndHash(tx: PlannerTx, planNo: number, headerLine: string, kinds: readonly FiledKind[], howMany: 'few' | 'many'): Promise<string> {
  // Nobody has counted the new rows yet: each block would be looked for in the whole table, or all of its rows sorted once more.
  const walkInOrder = async (value: 'off' | 'default'): Promise<void> => {
    await sql`set local enable_seqscan to ${sql.raw(value)}`.execute(tx);
    await sql`set local enable_bitmapscan to ${sql.raw(value)}`.execute(tx);
  };
  if (howMany === 'many') await walkInOrder('off');
  const { rows } = await sql<{ hash: string }>`${howMany === 'few' ? keptAs('hash-plan-rows') : sql``}
    with filed_kinds as (
      insert into plan_kinds (plan_no, kind_no, match, action, warnings, row_count)
      select ${planNo}, k."kindNo", k.match, k.action, array(select jsonb_array_elements_text(k.warnings)), k."rowCount"
      from jsonb_to_recordset(${jsonText(kinds)}::text::jsonb) as k ("kindNo" integer, match text, action text, warnings jsonb, "rowCount" bigint)
    )
    select encode(sha256(convert_to(${`${headerLine}\n`}::text || coalesce(string_agg(b.line, '' order by b.no), ''), 'UTF8')), 'hex') as hash
    from (
      select g.no, encode(sha256(convert_to(x.rows, 'UTF8')), 'hex') || E'\\n' as line
      from generate_series(0::bigint, (select (max(row_no) - 1) / ${PLAN_HASH_BLOCK_ROWS}::bigint from plan_rows where plan_no = ${planNo})) as g (no)
      cross join lateral (
        select string_agg(p.row || E'\\n', '') as rows from (
          select r.row from plan_rows r
          where r.plan_no = ${planNo} and r.row_no > g.no * ${PLAN_HASH_BLOCK_ROWS}::bigint and r.row_no <= (g.no + 1) * ${PLAN_HASH_BLOCK_ROWS}::bigint
          order by r.row_no
        ) p
      ) x
      where x.rows is not null
    ) b`.execute(tx);
  if (howMany === 'many') await walkInOrder('default');
  const [hashed] = rows;
  if (hashed === undefined) throw new Error('A plan got no hash.');
  return hashed.hash;
}

/** A plan of this migration by its hash; one of another migration is no plan here. */
export async function findPlan(tx: ReadTx, migrationId: string, planHash: string): Promise<StoredPlan | undefined> {
  const { rows } = await sql<{
    plan_no: number;
    cohort: string;
    source_file: string | null;
    credential_id: string | null;
    settings: unknown;
    decisions: unknown;
    is_partial: boolean;
    row_count: number;
    summary: unknown;
  }>`select plan_no, cohort, source_file, credential_id, settings, decisions, is_partial, row_count, summary
    from plans where plan_hash = ${planHash} and migration_id = ${migrationId}`.execute(tx);
  const [plan] = rows;
  if (plan === undefined) return undefined;
  return {
    planNo: Number(plan.plan_no),
    planHash,
    migrationId,
    cohort: plan.cohort,
    sourceFile: plan.source_file ?? '',
    credentialId: plan.credential_id,
    settings: accountPrepSettingsSchema.parse(plan.settings),
    decisions: decisionSchema.array().parse(plan.decisions),
    isPartial: plan.is_partial,
    rowCount: Number(plan.row_count),
    summary: planSummarySchema.parse(plan.summary),
  };
}

/** Rows of a plan behind a place, in file order. `keys` narrows them. */
export async function readPlanRows(tx: ReadTx, planHash: string, afterRow: number, limit: number, keys?: readonly string[]): Promise<PlanRow[]> {
  // A few people are found by their keys and then in the plan; asking of each row of the plan whether it is one of them takes for ever.
  const narrowed =
    keys === undefined ? sql`` : sql`join cohort_members c on c.cohort = h.cohort and c.row_no = p.row_no and c.key = any (array(select jsonb_array_elements_text(${jsonText(keys)}::text::jsonb)))`;
  const { rows } = await sql<{ row: string }>`
    select p.row from plans h join plan_rows p on p.plan_no = h.plan_no ${narrowed}
    where h.plan_hash = ${planHash} and p.row_no > ${afterRow}
    order by p.row_no limit ${limit}`.execute(tx);
  return rows.map(planRowOf);
}

/** The rows of a plan that give an address access by the name alone, among these kinds only few as a rule (A7), in file order. */
export async function readNameOnlyWrites(tx: ReadTx, plan: Pick<StoredPlan, 'planNo' | 'cohort'>): Promise<readonly NamedRow[]> {
  const { rows } = await sql<{ row_no: number; key: string }>`
    select p.row_no, c.key from plan_kinds k
    join plan_rows p on p.plan_no = k.plan_no and p.kind_no = k.kind_no
    join cohort_members c on c.cohort = ${plan.cohort} and c.row_no = p.row_no
    where k.plan_no = ${plan.planNo} and k.match = 'MATCH_NAME_UNIQUE' and k.action = 'UPDATE_EXISTING' order by p.row_no`.execute(tx);
  return rows.map(({ row_no: row, key }) => ({ row: Number(row), email: key, match: 'MATCH_NAME_UNIQUE', action: 'UPDATE_EXISTING' }));
}

/** The matches and actions that a plan has, and how many rows of each. */
export async function readPlanKinds(tx: ReadTx, planHash: string): Promise<readonly (Pick<PlanRow, 'match' | 'action'> & { readonly rowCount: number })[]> {
  const { rows } = await sql<Pick<PlanRow, 'match' | 'action'> & { row_count: number }>`
    select k.match, k.action, sum(k.row_count)::bigint as row_count from plans h join plan_kinds k on k.plan_no = h.plan_no
    where h.plan_hash = ${planHash} group by k.match, k.action`.execute(tx);
  return rows.map(({ match, action, row_count: rowCount }) => ({ match, action, rowCount: Number(rowCount) }));
}

/** A row as it is kept: the canonical text that went into the plan hash. */
export function planRowOf({ row }: { readonly row: string }): PlanRow {
  return planRowSchema.parse(JSON.parse(row));
}
