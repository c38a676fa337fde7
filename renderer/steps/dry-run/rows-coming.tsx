import { Progress } from '@mantine/core';
import type { ProcedureOutput } from '../../../shared/contract/operator/dispatch.ts';
import type { Plan } from '../../../shared/contract/operator/plans.ts';
import { formatCount } from '../../components/format.ts';
import { Note } from '../../components/problem-notice.tsx';
import { useOperatorQuery } from '../../operator.ts';
import styles from './dry-run.module.css';

const POLL_MS = 1000;
/** One page of rows is here before anybody could read that it is coming. */
const AT_ONCE_ROWS = 1000;

export type RowsProgress = ProcedureOutput<'plans.getProgress'>;

/** How many of a plan's rows are here, asked for until all are. */
export function useRowsProgress(plan: Plan): RowsProgress | undefined {
  const input = { migration: plan.migration, plan_hash: plan.plan_hash };
  const first = useOperatorQuery('plans.getProgress', input).value;
  // Most plans are here when they are opened; only of the others is it asked again.
  const later = useOperatorQuery('plans.getProgress', first === undefined || first.state === 'complete' ? null : input, { pollMs: POLL_MS }).value;
  return later ?? first;
}

/** Says that rows are still coming, and what has to wait for them. */
export function RowsComing({ progress, needsAll }: { readonly progress: RowsProgress | undefined; readonly needsAll: boolean }) {
  if (progress === undefined || progress.state === 'complete') return null;
  const { rows_here: here, rows_total: total } = progress;
  const count = total === null ? formatCount(here) : `${formatCount(here)} of ${formatCount(total)}`;
  if (progress.state === 'interrupted') {
    return (
      <Note tone="amber" title={`The rows stopped coming at ${count}`}>
        {progress.problem === null ? 'The server was not reached.' : `${progress.problem.title}. ${progress.problem.detail}`} It is tried again by itself and goes on where it was.
      </Note>
    );
  }
  if (total !== null && total <= AT_ONCE_ROWS) return null;
  return (
    <div className={styles.coming} role="status">
      <span>Rows are still coming: {count}.{needsAll ? ' What this filter, search or order shows is known once all of them are here.' : ''}</span>
      <Progress value={total === null || total === 0 ? 0 : (here / total) * 100} aria-label="Rows that are here" size="sm" w={180} />
    </div>
  );
}
