import { sql } from 'kysely';
import type { ApprovalPolicy } from '../../shared/contract/admin/session.ts';
import { foldEmail } from '../../shared/core/email.ts';
import { differingFacts } from '../../shared/core/facts.ts';
import { accountPrep } from '../../shared/playbooks/account-prep/playbook.ts';
import { hashedSettings } from '../../shared/playbooks/account-prep/settings.ts';
import { isNameOnlyWrite } from '../../shared/core/plan-row.ts';
import { standingOf } from '../engine/approval-store.ts';
import { declaredSettings } from '../engine/declared-settings.ts';
import { liveCredential } from '../engine/live-credential.ts';
import type { NamedRow, StoredPlan } from '../engine/plan-store.ts';
import { Refusal } from '../guards/refusal.ts';
import { jsonText } from '../store/json-text.ts';
import type { AdminTx } from '../store/store.ts';

/**
 * Holds a migration until the transaction ends, so that two calls that decide about it cannot both find its gates open.
 * Its key stays free: sessions and members refer to it, and a customer who signs in must not wait for a plan.
 */
export async function holdMigration(tx: AdminTx, migrationId: string): Promise<void> {
  await sql`select id from migrations where id = ${migrationId} for no key update`.execute(tx);
}

/** Addresses as the cohort has them. Throws `Refusal('invalid_request')` for what is no address. */
export function foldAll(emails: readonly string[], path: string): readonly string[] {
  return emails.map((text, index) => {
    const folded = foldEmail(text);
    if (!folded.ok) throw new Refusal('invalid_request', { errors: [{ path: `${path}.${index}`, message: folded.code }] });
    return folded.email;
  });
}

/** A migration writes one cohort. One that is bound to none yet takes any. Throws `Refusal('cohort_not_bound')`. */
export async function requireBoundCohort(tx: AdminTx, migrationId: string, plan: Pick<StoredPlan, 'cohort'>): Promise<void> {
  const { rows } = await sql<{ bound_cohort: string | null }>`select bound_cohort from migrations where id = ${migrationId}`.execute(tx);
  const bound = rows[0]?.bound_cohort ?? null;
  if (bound !== null && bound !== plan.cohort) throw new Refusal('cohort_not_bound');
}

/** Throws `Refusal('approval_required')` unless the plan is approved now, whoever asks counting as its requester. */
export async function requireApproval(tx: AdminTx, plan: StoredPlan, policy: ApprovalPolicy, asker: string): Promise<void> {
  const standing = await standingOf(tx, plan, policy, asker);
  if (standing.isApproved) return;
  const because = standing.isRejected ? 'The plan was rejected.' : `${standing.approvedBy.length} of ${standing.required} approvals hold.`;
  throw new Refusal('approval_required', { because });
}

/**
 * The settings and the temporary password that were approved with the plan are those that will be written and will open
 * it, or the plan is another (A10, N1). Gives the credential's id. Throws `Refusal('credential_unavailable')` or
 * `Refusal('plan_stale')`.
 */
export async function requireSameCredential(tx: AdminTx, plan: Pick<StoredPlan, 'migrationId' | 'credentialId' | 'planHash' | 'settings'>): Promise<string> {
  await requireSameSettings(tx, plan);
  const live = await liveCredential(tx, plan.migrationId);
  if (live === null) throw new Refusal('credential_unavailable');
  if (live !== plan.credentialId) throw new Refusal('plan_stale', { because: 'The plan was made with another temporary password.' });
  return live;
}

/** What the configuration says now is what the plan was made with, its playbook's version included. */
async function requireSameSettings(tx: AdminTx, plan: Pick<StoredPlan, 'migrationId' | 'planHash' | 'settings'>): Promise<void> {
  const { rows } = await sql<{ playbook_version: string }>`select playbook_version from plans where plan_hash = ${plan.planHash}`.execute(tx);
  const differing = differingFacts(hashedSettings(plan.settings), hashedSettings(await declaredSettings(tx, plan.migrationId)));
  if (rows[0]?.playbook_version === accountPrep.version && differing.length === 0) return;
  const which = differing.length === 0 ? '' : ` (${differing.join(', ')})`;
  throw new Refusal('plan_stale', { because: `The plan was made with other settings of the migration${which}.` });
}

/** The rows of these addresses, for a refusal that names them. */
export function rowsNamed(rows: readonly NamedRow[], emails: readonly string[]): { row: number; email: string }[] {
  const wanted = new Set(emails);
  return rows.filter((row) => wanted.has(row.email)).map(({ row, email }) => ({ row, email }));
}

/** Keeps who acknowledged which name-only rows for a run (A7). */
export async function acknowledge(
  tx: AdminTx,
  by: { readonly runId: string; readonly planNo: number; readonly sub: string },
  rows: readonly NamedRow[],
  acknowledged: ReadonlySet<string>,
): Promise<void> {
  const named = rows.filter((row) => isNameOnlyWrite(row) && acknowledged.has(row.email)).map((row) => ({ row_no: row.row, key: row.email }));
  if (named.length === 0) return;
  await sql`insert into acknowledgements (run_id, plan_no, row_no, key, acknowledged_by)
    select ${by.runId}::uuid, ${by.planNo}, k.row_no, k.key, ${by.sub} from jsonb_to_recordset(${jsonText(named)}::text::jsonb) as k (row_no bigint, key text)`.execute(tx);
}
