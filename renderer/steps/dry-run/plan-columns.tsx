import { IconAlertTriangle } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { ShownPlanRow } from '../../../shared/contract/operator/plans.ts';
import { testRowKind } from '../../../shared/core/test-rows.ts';
import { changeInCell, textInCell } from '../../components/cell-text.tsx';
import { formatCount } from '../../components/format.ts';
import type { GridColumn } from '../../components/row-grid.tsx';
import { Tag } from '../../components/tag.tsx';
import { maskText } from '../../components/text.tsx';
import { actionWords, matchWords, wordingOf } from '../../components/words.ts';
import styles from './dry-run.module.css';
import { sortedBy, type PlanFilter, type SortKey } from './plan-filter.ts';

interface ColumnSetting {
  readonly filter: PlanFilter;
  onFilter(filter: PlanFilter): void;
  /** Whether names and addresses are masked. */
  readonly isMasked: boolean;
  isPicked(row: ShownPlanRow): boolean;
  onPick(row: ShownPlanRow): void;
  isChosen(row: ShownPlanRow): boolean;
  /** `place` counts from 0 in what is shown; `isRange`: from the one before to this one. */
  onChoose(row: ShownPlanRow, place: number, isRange: boolean): void;
}

const changeColumns: readonly { readonly field: string; readonly title: string; readonly width: string; readonly sort: SortKey }[] = [
  { field: 'auth.must_reset_password', title: 'Must reset', width: '106px', sort: 'must_reset' },
  { field: 'stripe_customer_id', title: 'Stripe customer', width: 'minmax(138px, 1fr)', sort: 'stripe_customer' },
  { field: 'emails', title: 'Address added', width: 'minmax(138px, 1fr)', sort: 'address_added' },
  { field: 'migration.cohort', title: 'Cohort tag', width: '128px', sort: 'cohort_tag' },
];

/** Columns of the plan's grid. */
export function planColumns({ filter, isMasked, onFilter, isPicked, onPick, isChosen, onChoose }: ColumnSetting): readonly GridColumn<ShownPlanRow>[] {
  const personal = (text: string): string => (isMasked ? maskText(text) : text);
  const sort = (key: SortKey) => ({ active: filter.sort === key, descending: filter.descending, onSort: () => onFilter(sortedBy(filter, key)) });
  return [
    {
      id: 'choose',
      title: 'Choose',
      width: '76px',
      isShort: true,
      render: (row) => (
        <input
          type="checkbox"
          className={styles.pick}
          checked={isChosen(row)}
          tabIndex={-1}
          aria-label={`Choose row ${row.row}`}
          onClick={(event) => {
            event.stopPropagation();
            onChoose(row, placeOf(event.currentTarget), event.shiftKey);
          }}
          onChange={() => undefined}
        />
      ),
    },
    {
      id: 'pick',
      title: 'Test',
      width: '46px',
      isShort: true,
      render: (row) =>
        testRowKind(row) === undefined ? null : (
          <input type="checkbox" className={styles.pick} checked={isPicked(row)} tabIndex={-1} aria-label={`Use row ${row.row} as test row`} onClick={(event) => event.stopPropagation()} onChange={() => onPick(row)} />
        ),
    },
    { id: 'row', title: 'Row', width: '58px', isShort: true, isNumber: true, sort: sort('row'), render: (row) => formatCount(row.row) },
    { id: 'action', title: 'Action', width: '152px', isShort: true, sort: sort('action'), render: (row) => <>{actionTag(row.action)}{row.next !== undefined && <> <Tag tone="amber" title="Decided for the next plan; this one is not changed by it.">{nextWords[row.next]}</Tag></>}</> },
    { id: 'match', title: 'Match', width: '158px', isShort: true, sort: sort('match'), render: (row) => <Tag tone={matchWords[row.match].tone} title={matchWords[row.match].meaning}>{matchWords[row.match].title}{row.candidates === undefined ? '' : ` (${row.candidates})`}</Tag> },
    { id: 'name', title: 'Name', width: 'minmax(110px, 0.9fr)', sort: sort('name'), render: (row) => textInCell(personal(row.full_name ?? '')) },
    { id: 'email', title: 'E-mail', width: 'minmax(160px, 1.1fr)', sort: sort('email'), render: (row) => textInCell(personal(row.email)) },
    ...changeColumns.map(({ field, title, width, sort: key }): GridColumn<ShownPlanRow> => ({
      id: field,
      title,
      width,
      sort: sort(key),
      isTinted: (row) => row.changes.some((change) => change.field === field),
      render: (row) => changeInCell(row.changes.find((change) => change.field === field), isMasked),
    })),
    {
      id: 'warnings',
      title: 'Warnings',
      width: '98px',
      isShort: true,
      sort: sort('warnings'),
      render: (row) =>
        row.warnings.length === 0 ? null : (
          <Tag tone="amber" icon={<IconAlertTriangle size={12} aria-hidden />} title={row.warnings.map((code) => wordingOf(code).reason).join(' ')}>{row.warnings.length}</Tag>
        ),
    },
  ];
}

/** A row's action as a tag. */
export function actionTag(action: ShownPlanRow['action']): ReactNode {
  return <Tag tone={actionWords[action].tone} title={actionWords[action].meaning}>{actionWords[action].title}</Tag>;
}

const nextWords = { skip: 'leave out', create: 'decline', undecided: 'put back' } as const;

/** Where a cell's row stands in what is shown, from 0: the grid counts its head as the first. */
function placeOf(cell: Element): number {
  return Number(cell.closest('[role=row]')?.getAttribute('aria-rowindex') ?? 2) - 2;
}

/** Width in px below which the grid scrolls sideways. */
export const PLAN_MIN_WIDTH_PX = 1354;
