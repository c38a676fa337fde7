import { Button } from '@mantine/core';
import { useState } from 'react';
import type { Plan, ShownPlanRow } from '../../../shared/contract/operator/plans.ts';
import { plannedDecision } from '../../../shared/core/decisions.ts';
import { ExportView } from '../../components/export-view.tsx';
import { counted, formatCount } from '../../components/format.ts';
import { Empty } from '../../components/layout.tsx';
import { ProblemNotice } from '../../components/problem-notice.tsx';
import { RowGrid, type GridColumn } from '../../components/row-grid.tsx';
import { useRowWindow } from '../../components/row-window.ts';
import { Email, Personal } from '../../components/text.tsx';
import { useOperator } from '../../operator.ts';
import type { PlanReview } from '../plan-review.ts';
import styles from './dry-run.module.css';
import { actionTag } from './plan-columns.tsx';

/** Every decision that waits for the next plan, each to be taken back. */
export function Decisions({ plan, review }: { readonly plan: Plan; readonly review: PlanReview }) {
  const client = useOperator();
  const [cursor, setCursor] = useState(-1);
  const ofPlan = { migration: plan.migration, plan_hash: plan.plan_hash };
  const rows = useRowWindow<ShownPlanRow>(JSON.stringify([plan.plan_hash, review.pendingCount]), (offset, limit) => client.call('plans.listRows', { ...ofPlan, pending: true, offset, limit, lane: 'decisions' }));
  if (review.pendingCount === 0) return <Empty title="No decision waits">Rows that are left out, declined or put back in are listed here until the plan is made again with them.</Empty>;
  const takeBack = (row: ShownPlanRow): void => void review.decide({ rows: [row.row] }, 'as_planned');
  return (
    <>
      <div className={styles.chosen}>
        <span className={styles.meaning}>{counted(review.pendingCount, 'decision')} for the next plan</span>
        <Button size="compact-xs" variant="default" loading={review.busy} onClick={() => void review.decide({ filter: { pending: true }, except: [] }, 'as_planned')}>Take all of them back</Button>
        <ExportView view={{ of: 'plan_rows', ...ofPlan, pending: true }} />
      </div>
      {rows.problem !== undefined && <ProblemNotice problem={rows.problem} onRetry={rows.reload} />}
      <RowGrid label="Decisions for the next plan" columns={columnsOf(takeBack)} rows={rows} minWidthPx={720} cursor={cursor} emptyText="No decision waits." onCursor={setCursor} onOpen={() => undefined} onPick={takeBack} />
    </>
  );
}

const words = { skip: 'Left out', create: 'Declined: new profile', undecided: 'Put back in' } as const;

function columnsOf(takeBack: (row: ShownPlanRow) => void): readonly GridColumn<ShownPlanRow>[] {
  return [
    { id: 'row', title: 'Row', width: '80px', isNumber: true, render: (row) => formatCount(row.row) },
    { id: 'name', title: 'Name', width: 'minmax(120px, 1fr)', render: (row) => <span><Personal text={row.full_name ?? ''} /></span> },
    { id: 'email', title: 'E-mail', width: 'minmax(160px, 1.2fr)', render: (row) => <span><Email address={row.email} /></span> },
    { id: 'now', title: 'In this plan', width: '130px', render: (row) => (plannedDecision(row) === 'create' ? words.create : actionTag(row.action)) },
    { id: 'next', title: 'In the next', width: '160px', render: (row) => (row.next === undefined ? '–' : words[row.next]) },
    { id: 'back', title: '', width: '110px', render: (row) => <Button size="compact-xs" variant="subtle" tabIndex={-1} aria-label={`Take back the decision about row ${row.row}`} onClick={(event) => (event.stopPropagation(), takeBack(row))}>Take back</Button> },
  ];
}
