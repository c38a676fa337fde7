import { useState } from 'react';
import type { Run } from '../../../shared/contract/admin/runs.ts';
import { itemOutcomeSchema, type ItemOutcome, type RunItem } from '../../../shared/core/run-item.ts';
import { isEnded } from '../../../shared/core/run-state.ts';
import { FilterChips } from '../../components/filter-chips.tsx';
import { formatClock, formatCount } from '../../components/format.ts';
import { ProblemNotice } from '../../components/problem-notice.tsx';
import { RowGrid, type GridColumn } from '../../components/row-grid.tsx';
import { useRowWindow } from '../../components/row-window.ts';
import { Tag } from '../../components/tag.tsx';
import { Email, Shown } from '../../components/text.tsx';
import { outcomeWords } from '../../components/words.ts';
import { useOperator } from '../../operator.ts';
import styles from './execute.module.css';

const REASON_MAX = 256;

/** Rows that were not applied for one and the same reason. */
export interface ReasonGroup {
  readonly outcome: ItemOutcome;
  readonly message: string;
}

interface RunItemsProps {
  readonly run: Run;
  /** The one group that is shown; undefined: none, and the chips decide. */
  readonly reason: ReasonGroup | undefined;
  onReason(reason: ReasonGroup | undefined): void;
  onItem(item: RunItem): void;
}

/** Every settled row of a run, by outcome. */
export function RunItems({ run, reason, onReason, onItem }: RunItemsProps) {
  const client = useOperator();
  const [chosen, setChosen] = useState<ItemOutcome | undefined>(undefined);
  const outcome = reason?.outcome ?? chosen;
  const setOutcome = (next: ItemOutcome | undefined): void => {
    onReason(undefined);
    setChosen(next);
  };
  const [cursor, setCursor] = useState(-1);
  const progress = isEnded(run.state) ? 'ended' : String(run.rows_done);
  const rows = useRowWindow<RunItem>(JSON.stringify([run.run_id, outcome, reason?.message, progress]), (offset, limit) => client.call('runs.listItems', { run_id: run.run_id, offset, limit, ...(outcome === undefined ? {} : { outcome }), ...(reason === undefined ? {} : { q: reason.message.slice(0, REASON_MAX) }) }));
  const chips = itemOutcomeSchema.options.map((value) => ({ value, count: run.counts[value], ...outcomeWords[value] }));
  return (
    <div className={styles.items}>
      <FilterChips name="Outcome" chips={chips} chosen={outcome} onChoose={setOutcome} />
      {rows.problem !== undefined && <ProblemNotice problem={rows.problem} onRetry={rows.reload} />}
      <RowGrid label="Rows of the run" columns={columns} rows={rows} minWidthPx={680} cursor={cursor} emptyText="No row is settled yet." onCursor={setCursor} onOpen={onItem} />
    </div>
  );
}

const columns: readonly GridColumn<RunItem>[] = [
  { id: 'seq', title: 'Seq', width: '64px', isNumber: true, render: (item) => formatCount(item.seq) },
  { id: 'row', title: 'Row', width: '64px', isNumber: true, render: (item) => formatCount(item.row) },
  { id: 'outcome', title: 'Outcome', width: '120px', render: (item) => <Tag tone={outcomeWords[item.outcome].tone} title={outcomeWords[item.outcome].meaning}>{outcomeWords[item.outcome].title}</Tag> },
  { id: 'email', title: 'E-mail', width: 'minmax(180px, 1fr)', render: (item) => <span><Email address={item.email} /></span> },
  { id: 'why', title: 'Why', width: 'minmax(200px, 1.4fr)', render: (item) => <span><Shown text={item.outcome === 'failed' ? item.message : (item.reason ?? '')} /></span> },
  { id: 'at', title: 'At', width: '70px', render: (item) => formatClock(item.at) },
];
