import type { CohortRecord } from '../../../shared/core/cohort.ts';
import { cohortRecordSchema } from '../../../shared/core/cohort.ts';
import type { Decision } from '../../../shared/core/decisions.ts';
import type { PlanRow } from '../../../shared/core/plan-row.ts';
import type { RowInput } from '../../../shared/playbooks/account-prep/gathered.ts';
import { planRow } from '../../../shared/playbooks/account-prep/plan.ts';
import type { PlanSettings } from '../../../shared/playbooks/account-prep/settings.ts';
import type { ReadTx } from '../../store/transactions.ts';
import { gatherFacts } from './gather.ts';

/** A cohort row as it is kept. */
export type CohortRow = { readonly row: number; readonly record: CohortRecord };

type PlanRequest = {
  readonly settings: PlanSettings;
  readonly decisions: ReadonlyMap<string, Decision['as']>;
};

/**
 * Plans rows of a batch again, on what is there now. The rows were planned without a conflict; what would conflict now
 * shows in their facts.
 */
export async function planAgain(tx: ReadTx, rows: readonly CohortRow[], request: PlanRequest): Promise<ReadonlyMap<number, PlanRow>> {
  const inputs = await gatherInputs(tx, rows, request);
  return new Map(inputs.map((input) => [input.row, planRow(input, null, request.settings)]));
}

async function gatherInputs(tx: ReadTx, rows: readonly CohortRow[], request: PlanRequest): Promise<RowInput[]> {
  const facts = await gatherFacts(tx, request.settings.migration, rows);
  return rows.map(({ row, record }) => {
    const found = facts.get(row);
    if (found === undefined) throw new Error(`No facts were gathered for row ${row}.`);
    return { row, record, decision: request.decisions.get(record.email) ?? null, facts: found };
  });
}

/** A record as the database gives it back, judged again: what is hashed and written is canonical or nothing. */
export function readRecord(value: unknown): CohortRecord {
  return cohortRecordSchema.parse(value);
}
