import { sql } from 'kysely';
import { addOutcomes } from '../../shared/core/run-counts.ts';
import { isSameRevert, type RevertDecision } from '../../shared/playbooks/account-prep/revert.ts';
import { customers } from '../directory/customer-relations.ts';
import { putBack, type PersonToPutBack } from '../playbooks/account-prep/put-back.ts';
import { decidePeople, readPersonFacts, revertFacts, type DecidedPerson } from '../playbooks/account-prep/revert-facts.ts';
import { jsonText } from '../store/json-text.ts';
import type { RunnerTx } from '../store/transactions.ts';
import { bisect } from './bisect.ts';
import { readRollbackRows, settledOf, type RollbackRow } from './rollback-store.ts';
import { failureOf, type RowFailure } from './row-failure.ts';
import { insertItems } from './run-items.ts';
import type { StoredRun } from './run-store.ts';
import type { BatchOutcome, RunWork } from './run-work.ts';
import type { Settled } from './settled.ts';

/** A rollback: the people of its stored plan, in its order, each judged again under lock (A20). No flag holds it up (A15). */
export const rollbackWork: RunWork = { needsFlag: false, settleNext };

async function settleNext(tx: RunnerTx, run: StoredRun, limit: number): Promise<BatchOutcome> {
  if (run.rollbackNo === null) throw new Error(`Run ${run.id} has no plan of a rollback.`);
  const rows = await readRollbackRows(tx, run.rollbackNo, run.cursor, limit);
  const settled = await settleRollbackRows(tx, run, rows);
  const items = await insertItems(tx, run, settled);
  const cursor = rows.at(-1)?.place ?? run.cursor;
  const isMore = rows.length === limit && (await readRollbackRows(tx, run.rollbackNo, cursor, 1)).length > 0;
  return { cursor, settled: items.length, counts: addOutcomes(run.counts, items.map((item) => item.outcome)), isLast: !isMore };
}

async function settleRollbackRows(tx: RunnerTx, run: StoredRun, rows: readonly RollbackRow[]): Promise<readonly Settled[]> {
  await lockPeople(tx, run.migrationId, rows.flatMap(({ userId }) => (userId === null ? [] : [userId])));
  const wanted = jsonText(rows.map(({ place, cohort, key, row, userId }) => ({ ord: place, cohort, key, row_no: row, user_id: userId })));
  const people = sql`select * from jsonb_to_recordset(${wanted}::text::jsonb) as w (ord bigint, cohort text, key text, row_no bigint, user_id uuid)`;
  const facts = await revertFacts(people, run.migrationId, true).execute(tx);
  const decided = decidePeople(readPersonFacts(facts.rows), () => false);
  const verdicts = decided.map((now, index) => ({ now, decision: underLock(rows[index], now) }));
  const refused = new Map<string, RowFailure>();
  const writes = verdicts.flatMap(({ now, decision }) => toPutBack(now, decision));
  await bisect(tx, writes, async (part) => putBack(tx, { runId: run.id, migrationId: run.migrationId }, part), refusalOf, (person, failure) => void refused.set(person.key, failure));
  return verdicts.map(({ now, decision }) => {
    const failure = refused.get(now.key);
    return failure === undefined ? settledOf(now, decision) : refusedRow(now, decision, failure);
  });
}

/** What becomes of a row: what was previewed, if that is still what would be decided, and the lesser of both otherwise. */
function underLock(row: RollbackRow | undefined, { key, decision }: DecidedPerson): RevertDecision {
  if (row === undefined || row.key !== key) throw new Error('A row of the rollback was decided on out of its order.');
  if (row.decision.outcome !== 'reverted') return row.decision;
  if (decision.outcome !== 'reverted' || isSameRevert(row.decision, decision)) return decision;
  return { outcome: 'kept_changed_since', planned: row.decision.after, now: decision.after, reason: 'It would no longer be put back to what was previewed.' };
}

function toPutBack({ cohort, key, userId }: DecidedPerson, decision: RevertDecision): PersonToPutBack[] {
  if (decision.outcome !== 'reverted' || userId === null) return [];
  return [{ cohort, key, userId, runIds: decision.runIds, to: decision.to }];
}

/** A profile that something else still refers to is in use, whatever table that is in: it is kept. */
function refusedRow(person: DecidedPerson, decision: RevertDecision, failure: RowFailure): Settled {
  if (failure.code === 'still_referred_to' || failure.code === 'stripe_id_taken') {
    return settledOf(person, { outcome: 'kept_changed_since', planned: decision.outcome === 'reverted' ? decision.after : {}, now: decision.outcome === 'reverted' ? decision.before : {}, reason: failure.message });
  }
  return { ...settledOf(person, { outcome: 'nothing_to_revert', reason: '' }), outcome: 'failed', ...failure };
}

/** A foreign key is the one thing that says of every table, of those that others added too, that a profile is in use. */
function refusalOf(error: unknown): RowFailure | undefined {
  const isReferredTo = typeof error === 'object' && error !== null && 'code' in error && error.code === '23503';
  return isReferredTo ? { code: 'still_referred_to', message: 'Something else refers to the profile that the run made.', field: null } : failureOf(error);
}

/** In the order in which everybody locks: customers by id, then what hangs on them. */
async function lockPeople(tx: RunnerTx, migrationId: string, userIds: readonly string[]): Promise<void> {
  if (userIds.length === 0) return;
  const ids = sql`(select w::uuid from jsonb_array_elements_text(${jsonText(userIds)}::text::jsonb) as w)`;
  await sql`select id from ${customers} where id in ${ids} order by id for update`.execute(tx);
  await sql`select user_id from members where migration_id = ${migrationId} and user_id in ${ids} order by user_id for update`.execute(tx);
}
