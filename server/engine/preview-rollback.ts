import { sql } from 'kysely';
import type { RollbackCounts } from '../../shared/contract/admin/rollback.ts';
import { canonicalJson, type CanonicalValue } from '../../shared/core/canonical-json.ts';
import { isSameRevert } from '../../shared/playbooks/account-prep/revert.ts';
import { decisionsInTurn } from '../playbooks/account-prep/decide-in-turn.ts';
import { decidePeople, readPersonFacts, revertFacts, type DecidedPerson, type PersonFacts } from '../playbooks/account-prep/revert-facts.ts';
import { rollbackPeople, selectionInOrder, type RollbackSelection } from '../playbooks/account-prep/rollback-people.ts';
import type { PlannerTx } from '../store/transactions.ts';
import { startSha256 } from './cohort-store.ts';
import { fileRollbackRows, findRollbackPlan, noteRequester, openRollbackPlan, putBackAmong, readRollbackRowsOf, sealRollbackPlan, type RollbackPlan } from './rollback-store.ts';

const PAGE_ROWS = 2000;

type Asked = { readonly environmentId: string; readonly migrationId: string; readonly selection: RollbackSelection };

/**
 * Files what a rollback would do now, under the hash of exactly that (A20). Reads customers and writes none. The same
 * rollback previewed twice is one plan. A million people go through a page at a time.
 */
export async function previewRollback(tx: PlannerTx, asked: Asked, sub: string): Promise<RollbackPlan> {
  await sql`savepoint rollback_preview`.execute(tx);
  const rollbackNo = await openRollbackPlan(tx, asked.migrationId, asked.selection);
  const hash = startSha256();
  hash.update(`${canonicalJson({ form: 'drydock-rollback-1', environment_id: asked.environmentId, migration: asked.migrationId, selection: selectionInOrder(asked.selection) })}\n`);
  const counts: RollbackCounts = { reverted: 0, kept_changed_since: 0, nothing_to_revert: 0 };
  let place = 0;
  const file = async (people: readonly DecidedPerson[]): Promise<void> => {
    for (const person of people) {
      counts[person.decision.outcome] += 1;
      hash.update(`${canonicalJson(hashedForm(person))}\n`);
    }
    await fileRollbackRows(tx, rollbackNo, place + 1, people);
    place += people.length;
  };
  const turns = decisionsInTurn();
  await eachPage(tx, asked, async (holders) => putBackAmong(tx, rollbackNo, holders), async (facts, isFreed) => file(turns.decide(facts, isFreed)));
  const rest = turns.rest();
  for (let from = 0; from < rest.length; from += PAGE_ROWS) await file(rest.slice(from, from + PAGE_ROWS));
  const rollbackHash = hash.digestHex();
  const known = await findRollbackPlan(tx, asked.migrationId, rollbackHash);
  if (known === undefined) await sealRollbackPlan(tx, rollbackNo, { hash: rollbackHash, counts, rowCount: place });
  else await sql`rollback to savepoint rollback_preview`.execute(tx);
  await sql`release savepoint rollback_preview`.execute(tx);
  const plan = known ?? (await findRollbackPlan(tx, asked.migrationId, rollbackHash));
  if (plan === undefined) throw new Error('A rollback is gone in the transaction that filed it.');
  await noteRequester(tx, plan.rollbackNo, sub);
  return plan;
}

/** What a plan would do now that differs from what was previewed. */
export type RollbackDrift = {
  /** People who would be put back now, or to something else, and were not shown so. */
  readonly unforeseen: number;
  /** People who were shown as put back and would be kept now. */
  readonly lost: number;
};

/**
 * Decides again on everybody and compares with a sealed plan, read-only. Whoever the plan puts back has given up the Stripe id
 * by the time it is needed, wherever they stand: the preview put them in that order.
 */
export async function rollbackDrift(tx: PlannerTx, asked: Asked, plan: RollbackPlan): Promise<RollbackDrift> {
  let same = 0;
  let unforeseen = 0;
  await eachPage(tx, asked, async (holders) => putBackAmong(tx, plan.rollbackNo, holders), async (facts, isFreed) => {
    const people = decidePeople(facts, isFreed);
    const stored = await readRollbackRowsOf(tx, plan.rollbackNo, people.map(({ key }) => key));
    for (const { key, userId, decision } of people) {
      if (decision.outcome !== 'reverted') continue;
      const before = stored.get(key);
      if (before !== undefined && before.userId === userId && isSameRevert(before.decision, decision)) same += 1;
      else unforeseen += 1;
    }
  });
  return { unforeseen, lost: plan.counts.reverted - same };
}

/** The facts of everybody of a selection, a page at a time out of one cursor: all pages see the same moment. */
async function eachPage(
  tx: PlannerTx,
  { migrationId, selection }: Asked,
  freedAmong: (holders: readonly string[]) => Promise<ReadonlySet<string>>,
  work: (people: readonly PersonFacts[], isFreed: (holderId: string) => boolean) => Promise<void>,
): Promise<void> {
  await sql`set local cursor_tuple_fraction = 1`.execute(tx);
  await sql`declare rollback_people no scroll cursor for ${revertFacts(rollbackPeople(migrationId, selection), migrationId, false)}`.execute(tx);
  for (;;) {
    const { rows } = await sql`fetch forward ${sql.lit(PAGE_ROWS)} from rollback_people`.execute(tx);
    if (rows.length === 0) break;
    const facts = readPersonFacts(rows);
    const freed = await freedAmong(facts.flatMap(({ stripe_holder: holder, user_id: own }) => (holder === null || holder === own ? [] : [holder])));
    await work(facts, (holder) => freed.has(holder));
  }
  await sql`close rollback_people`.execute(tx);
}

function hashedForm({ cohort, key, userId, decision }: DecidedPerson): CanonicalValue {
  return { cohort, key, user_id: userId, decision };
}
