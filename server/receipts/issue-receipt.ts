import { sql } from 'kysely';
import { receiptSchema, type Receipt } from '../../shared/contract/admin/runs.ts';
import type { EnvironmentKind } from '../../shared/contract/admin/session.ts';
import { decodeBase64, encodeBase64 } from '../../shared/core/base64.ts';
import { canonicalJson } from '../../shared/core/canonical-json.ts';
import { noCounts, runCountsSchema } from '../../shared/core/run-counts.ts';
import { isEnded, type RunState } from '../../shared/core/run-state.ts';
import { Refusal } from '../guards/refusal.ts';
import type { Store } from '../store/store.ts';
import type { ReadTx } from '../store/transactions.ts';
import { hashItems, type ItemHashes } from './item-hashes.ts';
import type { ReceiptKey } from './receipt-key.ts';

export type ReceiptIssuer = {
  readonly store: Store;
  readonly environment: { readonly id: string; readonly name: string; readonly kind: EnvironmentKind };
  readonly key: ReceiptKey;
  readonly randomBytes: (count: number) => Uint8Array;
};

export type IssuedReceipt = { readonly receipt: string; readonly signature: string; readonly redaction_key: string };

/**
 * The server's signed statement of a run (N2): anew at each asking, so that `issued_at` is a moment at which the asker's
 * own key counts. Its text holds no personal data of customers. Hashes of a run that has ended are kept, as they cannot change.
 * Throws `Refusal` `receipt_not_ready` while a batch may be in flight, `unknown_run` when there is none.
 */
export async function issueReceipt(issuer: ReceiptIssuer, runId: string): Promise<IssuedReceipt> {
  const redactionKey = await redactionKeyOf(issuer, runId);
  const keyBytes = decodeBase64(redactionKey) ?? new Uint8Array();
  const { receipt, isLasting } = await issuer.store.inReadTx(async (tx) => stateOf(tx, issuer, runId, keyBytes));
  const text = `${canonicalJson(receipt)}\n`;
  const signature = issuer.key.sign(text);
  if (isLasting) await keepFirst(issuer, runId, text, signature, receipt.issued_at);
  return { receipt: text, signature, redaction_key: redactionKey };
}

async function stateOf(tx: ReadTx, issuer: ReceiptIssuer, runId: string, redactionKey: Uint8Array): Promise<{ readonly receipt: Receipt; readonly isLasting: boolean }> {
  const run = await tx
    .selectFrom('runs')
    .select(['migration_id', 'kind', 'state', 'requested_by', 'plan_hash', 'cohort', 'counts', 'started_at', 'ended_at', sql<Date>`now()`.as('now'), sql<string | null>`(select b.rollback_hash from rollback_plans b where b.rollback_no = runs.rollback_no)`.as('rollback_hash')])
    .where('id', '=', runId)
    .executeTakeFirst();
  if (run === undefined) throw new Refusal('unknown_run');
  if (!isAtRest(run.state)) throw new Refusal('receipt_not_ready', { because: `The run is ${run.state}.` });
  const hashes = (await keptHashes(tx, runId)) ?? (await hashItems(tx, runId, redactionKey));
  const head = await tx
    .selectFrom('journal_heads')
    .select(['journal_id', 'seq', 'hash'])
    .where('sub', '=', run.requested_by)
    .orderBy('anchored_at', 'desc')
    .orderBy('seq', 'desc')
    .limit(1)
    .executeTakeFirst();
  const receipt: Receipt = {
    receipt_version: 1,
    environment: { ...issuer.environment },
    run_id: runId,
    migration: run.migration_id,
    kind: run.kind,
    state: run.state,
    requested_by: run.requested_by,
    approved_by: await approversOf(tx, run.plan_hash ?? run.rollback_hash, run.ended_at ?? run.now),
    plan_hash: run.plan_hash,
    cohort: run.cohort,
    counts: runCountsSchema.parse({ ...noCounts, ...Object(run.counts) }),
    items: hashes.items,
    items_sha256: hashes.itemsSha256,
    redacted_items_sha256: hashes.redactedItemsSha256,
    journal_head: head === undefined ? null : { journal_id: head.journal_id, seq: head.seq, hash: head.hash },
    issued_at: run.now.toISOString(),
  };
  return { receipt, isLasting: isEnded(run.state) };
}

/** No batch is in flight, so counts and items say the same. */
function isAtRest(state: RunState): boolean {
  return isEnded(state) || state === 'paused' || state === 'halted';
}

async function approversOf(tx: ReadTx, planHash: string | null, until: Date): Promise<string[]> {
  if (planHash === null) return [];
  const rows = await tx.selectFrom('approvals').select('decided_by').where('plan_hash', '=', planHash).where('decision', '=', 'approve').where('decided_at', '<=', until).orderBy('decided_at').execute();
  return [...new Set(rows.map((row) => row.decided_by))];
}

async function keptHashes(tx: ReadTx, runId: string): Promise<ItemHashes | undefined> {
  const kept = await tx.selectFrom('receipts').select('receipt').where('run_id', '=', runId).executeTakeFirst();
  if (kept === undefined) return undefined;
  const receipt = receiptSchema.parse(JSON.parse(kept.receipt));
  return { items: receipt.items, itemsSha256: receipt.items_sha256, redactedItemsSha256: receipt.redacted_items_sha256 };
}

async function keepFirst(issuer: ReceiptIssuer, runId: string, receipt: string, signature: string, issuedAt: string): Promise<void> {
  await issuer.store.inAdminTx(async (tx) =>
    tx
      .insertInto('receipts')
      .values({ run_id: runId, receipt, signature, fingerprint: issuer.key.fingerprint, issued_at: issuedAt })
      .onConflict((conflict) => conflict.column('run_id').doNothing())
      .execute(),
  );
}

/** Made at the first asking and then the run's for good. Random, so that its loss makes redaction final. */
async function redactionKeyOf(issuer: ReceiptIssuer, runId: string): Promise<string> {
  return issuer.store.inAdminTx(async (tx) => {
    const known = await tx.selectFrom('runs').select('redaction_key').where('id', '=', runId).executeTakeFirst();
    if (known === undefined) throw new Refusal('unknown_run');
    if (known.redaction_key !== null) return known.redaction_key;
    const made = encodeBase64(issuer.randomBytes(32));
    await tx.updateTable('runs').set({ redaction_key: made }).where('id', '=', runId).where('redaction_key', 'is', null).execute();
    const kept = await tx.selectFrom('runs').select('redaction_key').where('id', '=', runId).executeTakeFirstOrThrow();
    return kept.redaction_key ?? made;
  });
}
