import { TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useMemo, useState } from 'react';
import type { Run } from '../../../shared/contract/admin/runs.ts';
import type { ProcedureInput } from '../../../shared/contract/operator/dispatch.ts';
import { itemOutcomeSchema, type ItemOutcome, type RunItem } from '../../../shared/core/run-item.ts';
import { isEnded } from '../../../shared/core/run-state.ts';
import { ExportView } from '../../components/export-view.tsx';
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

const SEARCH_DELAY_MS = 200;
const REASON_MAX = 256;

type Sort = NonNullable<ProcedureInput<'runs.listItems'>['sort']>;

/** Rows that were not applied for one and the same reason. */
export interface ReasonGroup {
  readonly outcome: ItemOutcome;
  readonly message: string;
}

interface RunItemsProps {
  readonly run: Run;
  /** The one group that is shown; undefined: none, and chips and search decide. */
  readonly reason: ReasonGroup | undefined;
  onReason(reason: ReasonGroup | undefined): void;
  onItem(item: RunItem): void;
}

/** Every settled row of a run: by outcome or reason, searched and sorted by the operator. */
export function RunItems({ run, reason, onReason, onItem }: RunItemsProps) {
  const client = useOperator();
  const [chosen, setChosen] = useState<ItemOutcome | undefined>(undefined);
  const [order, setOrder] = useState<{ readonly sort: Sort; readonly descending: boolean }>({ sort: 'seq', descending: false });
  const [text, setText] = useState('');
  const [typed] = useDebouncedValue(text.trim(), SEARCH_DELAY_MS);
  const [cursor, setCursor] = useState(-1);
  const outcome = reason?.outcome ?? chosen;
  const q = reason?.message.slice(0, REASON_MAX) ?? typed;
  const setOutcome = (next: ItemOutcome | undefined): void => {
    onReason(undefined);
    setChosen(next);
  };
  const progress = isEnded(run.state) ? 'ended' : String(run.rows_done);
  const view = { run_id: run.run_id, ...order, ...(outcome === undefined ? {} : { outcome }), ...(q === '' ? {} : { q }) };
  const rows = useRowWindow<RunItem>(JSON.stringify([view, progress]), (offset, limit) => client.call('runs.listItems', { ...view, offset, limit, lane: 'run items' }));
  const chips = itemOutcomeSchema.options.map((value) => ({ value, count: run.counts[value], ...outcomeWords[value] }));
  const columns = useMemo(
    () => itemColumns.map(({ sortKey, ...column }) => ({ ...column, sort: { active: order.sort === sortKey, descending: order.descending, onSort: () => setOrder({ sort: sortKey, descending: order.sort === sortKey ? !order.descending : false }) } })),
    [order],
  );
  return (
    <div className={styles.items}>
      <div className={styles.itemBar}>
        <FilterChips name="Outcome" chips={chips} chosen={outcome} onChoose={setOutcome} />
        <TextInput
          type="search"
          aria-label="Search rows of the run"
          placeholder="Search e-mail or reason"
          leftSection={<IconSearch size={14} aria-hidden />}
          value={text}
          onChange={(event) => {
            onReason(undefined);
            setText(event.currentTarget.value);
          }}
          w={220}
        />
        <ExportView view={{ of: 'items', ...view }} />
      </div>
      {rows.problem !== undefined && <ProblemNotice problem={rows.problem} onRetry={rows.reload} />}
      <RowGrid label="Rows of the run" columns={columns} rows={rows} minWidthPx={680} cursor={cursor} emptyText={outcome === undefined && q === '' ? 'No row is settled yet.' : 'No row is like that.'} onCursor={setCursor} onOpen={onItem} />
    </div>
  );
}

const itemColumns: readonly (GridColumn<RunItem> & { readonly sortKey: Sort })[] = [
  { id: 'seq', sortKey: 'seq', title: 'Seq', width: '64px', isNumber: true, render: (item) => formatCount(item.seq) },
  { id: 'row', sortKey: 'row', title: 'Row', width: '64px', isNumber: true, render: (item) => formatCount(item.row) },
  { id: 'outcome', sortKey: 'outcome', title: 'Outcome', width: '120px', render: (item) => <Tag tone={outcomeWords[item.outcome].tone} title={outcomeWords[item.outcome].meaning}>{outcomeWords[item.outcome].title}</Tag> },
  { id: 'email', sortKey: 'email', title: 'E-mail', width: 'minmax(180px, 1fr)', render: (item) => <span><Email address={item.email} /></span> },
  { id: 'why', sortKey: 'why', title: 'Why', width: 'minmax(200px, 1.4fr)', render: (item) => <span><Shown text={item.outcome === 'failed' ? item.message : (item.reason ?? '')} /></span> },
  { id: 'at', sortKey: 'at', title: 'At', width: '70px', render: (item) => formatClock(item.at) },
];
