import { Select, TextInput } from '@mantine/core';
import { useDebouncedValue, useHotkeys } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useCallback, useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import type { Plan, ShownPlanRow } from '../../../shared/contract/operator/plans.ts';
import { testRowKind } from '../../../shared/core/test-rows.ts';
import { ExportView } from '../../components/export-view.tsx';
import { FilterChips } from '../../components/filter-chips.tsx';
import { formatCount } from '../../components/format.ts';
import { Workspace } from '../../components/layout.tsx';
import { ProblemNotice } from '../../components/problem-notice.tsx';
import { RowGrid } from '../../components/row-grid.tsx';
import { useOperator } from '../../operator.ts';
import { usePreferences } from '../../stores/preferences.ts';
import { useReviews } from '../../stores/review.ts';
import type { PlanReview } from '../plan-review.ts';
import styles from './dry-run.module.css';
import { ChosenBar } from './chosen-bar.tsx';
import { PLAN_MIN_WIDTH_PX, planColumns } from './plan-columns.tsx';
import { actionChips, filterInput, isWholeInOrder, matchChips, viewInput, warningChoices, wholePlan } from './plan-filter.ts';
import { usePlanRows } from './plan-window.ts';
import { isChosen, nothingChosen } from './row-choice.ts';
import { RowPanel } from './row-panel.tsx';
import { RowsComing, useRowsProgress } from './rows-coming.tsx';
import { useRowChoice } from './use-row-choice.ts';

interface PlanGridProps {
  readonly plan: Plan;
  readonly review: PlanReview;
  /** Puts the grid where the step wants it; the opened row's panel stays at the right. */
  layout(grid: ReactNode): ReactNode;
}

const SEARCH_DELAY_MS = 200;

/** The plan's rows: filter chips, search, the grid, and the opened row at the right. */
export function PlanGrid({ plan, review, layout }: PlanGridProps) {
  const client = useOperator();
  const pick = useReviews((state) => state.pick);
  const [filter, setFilter] = useState(wholePlan);
  const [cursor, setCursor] = useState(-1);
  const [opened, setOpened] = useState<ShownPlanRow | undefined>(undefined);
  const [q] = useDebouncedValue(filter.q, SEARCH_DELAY_MS);
  const search = useRef<HTMLInputElement>(null);
  useHotkeys([['/', () => search.current?.focus()]]);

  const asked = { ...filter, q };
  const rows = usePlanRows(plan, asked);
  const progress = useRowsProgress(plan);
  const chosen = useRowChoice(async (offset, limit) => (await client.call('plans.listRowNumbers', { ...viewInput(plan, asked), offset, limit })).rows);
  const latest = useRef(chosen);
  latest.current = chosen;
  const isMasked = usePreferences((state) => state.isMasked);
  const { picks } = review.review;
  const { choice } = chosen;
  const isPicked = useCallback(
    (row: ShownPlanRow): boolean => {
      const kind = testRowKind(row);
      return kind !== undefined && picks[kind] === row.email;
    },
    [picks],
  );
  const pickRow = useCallback(
    (row: ShownPlanRow): void => {
      const kind = testRowKind(row);
      if (kind !== undefined) pick(plan.plan_hash, kind, row.email);
    },
    [pick, plan.plan_hash],
  );
  const changeFilter = useCallback(
    (next: typeof filter): void => {
      setFilter(next);
      setCursor(-1);
      // All of a filter are all of that filter, not of the next one; in another order they are the same.
      if (latest.current.choice.kind === 'all' && JSON.stringify(filterInput(next)) !== JSON.stringify(filterInput(filter))) latest.current.set(nothingChosen);
    },
    [filter],
  );
  const columns = useMemo(
    () => planColumns({ filter, isMasked, onFilter: changeFilter, isPicked, onPick: pickRow, isChosen: (row) => isChosen(choice, row.row), onChoose: (row, place, isRange) => (isRange ? latest.current.extend(place) : latest.current.toggle(row.row, place)) }),
    [filter, isMasked, changeFilter, isPicked, pickRow, choice],
  );
  const onGridKey = (event: KeyboardEvent): void => {
    const row = rows.itemAt(cursor);
    if (event.target instanceof HTMLInputElement || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key.toLowerCase() === 'x' && row !== undefined) chosen.toggle(row.row, cursor);
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
    const place = cursor + step;
    if (event.shiftKey && step !== 0 && place >= 0 && place < (rows.total ?? 0)) chosen.extend(place);
  };

  const warnings = warningChoices(plan);
  const picked = Object.keys(review.review.picks).length;
  const grid = (
    <>
      <div className={styles.bar}>
        <FilterChips name="Action" chips={actionChips(plan)} chosen={filter.action} onChoose={(value) => changeFilter({ ...filter, action: value })} />
        <FilterChips name="Match" chips={matchChips(plan)} chosen={filter.match} onChoose={(value) => changeFilter({ ...filter, match: value })} />
      </div>
      <div className={styles.tools}>
        {warnings.length > 0 && <Select aria-label="Filter by Warning" placeholder="Any warning" clearable w={150} data={[...warnings]} value={filter.warning ?? null} onChange={(value) => changeFilter({ ...filter, warning: value ?? undefined })} comboboxProps={{ width: 260, position: 'bottom-start' }} />}
        <TextInput
          ref={search}
          type="search"
          aria-label="Search rows"
          placeholder="Search name or e-mail  ( / )"
          leftSection={<IconSearch size={14} aria-hidden />}
          value={filter.q}
          onChange={(event) => changeFilter({ ...filter, q: event.currentTarget.value })}
          onKeyDown={(event) => event.key === 'Escape' && event.currentTarget.blur()}
          w={210}
        />
        <span className={styles.meaning} role="status">{rows.total === undefined ? '' : `${formatCount(rows.total)} shown`}{picked > 0 ? ` · ${picked} picked for the test` : ''}</span>
        <span className={styles.spacer} />
        <ExportView view={{ of: 'plan_rows', ...viewInput(plan, asked) }} />
      </div>
      <ChosenBar chosen={chosen} review={review} filter={asked} shown={rows.total} />
      <RowsComing progress={progress} needsAll={!isWholeInOrder(asked)} />
      {rows.problem !== undefined && <ProblemNotice problem={rows.problem} onRetry={rows.reload} />}
      <div className={styles.keys} onKeyDown={onGridKey}>
      <RowGrid
        label="Plan rows"
        columns={columns}
        rows={rows}
        minWidthPx={PLAN_MIN_WIDTH_PX}
        cursor={cursor}
        emptyText="No row is of this kind. Take a filter off to see more."
        onCursor={(index) => {
          setCursor(index);
          if (opened !== undefined) setOpened(rows.itemAt(index) ?? opened);
        }}
        onOpen={setOpened}
        onPick={pickRow}
        onClose={() => setOpened(undefined)}
      />
      </div>
    </>
  );
  // The row as it is known now, once something was decided about it; the opened one where it is no longer in view.
  const atCursor = rows.itemAt(cursor);
  const panelRow = opened !== undefined && atCursor?.row === opened.row ? atCursor : opened;
  const panel = panelRow !== undefined && (
    <RowPanel row={panelRow} answer={review.answerOf(panelRow)} isPicked={isPicked(panelRow)} onAnswer={(answer) => review.answer(panelRow, answer)} onPick={() => pickRow(panelRow)} onClose={() => setOpened(undefined)} />
  );
  return <Workspace filled aside={panel}>{layout(grid)}</Workspace>;
}
