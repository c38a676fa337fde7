import { IconAlertTriangle } from '@tabler/icons-react';
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
}

const changeColumns: readonly { readonly field: string; readonly title: string; readonly width: string }[] = [
  { field: 'auth.must_reset_password', title: 'Must reset', width: '106px' },
  { field: 'stripe_customer_id', title: 'Stripe customer', width: 'minmax(138px, 1fr)' },
  { field: 'emails', title: 'Address added', width: 'minmax(138px, 1fr)' },
  { field: 'migration.cohort', title: 'Cohort tag', width: '128px' },
];

/** Columns of the plan's grid. */
export function planColumns({ filter, isMasked, onFilter, isPicked, onPick }: ColumnSetting): readonly GridColumn<ShownPlanRow>[] {
  const personal = (text: string): string => (isMasked ? maskText(text) : text);
  const sort = (key: SortKey) => ({ active: filter.sort === key, descending: filter.descending, onSort: () => onFilter(sortedBy(filter, key)) });
  return [
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
    { id: 'action', title: 'Action', width: '100px', isShort: true, sort: sort('action'), render: (row) => <Tag tone={actionWords[row.action].tone} title={actionWords[row.action].meaning}>{actionWords[row.action].title}</Tag> },
    { id: 'match', title: 'Match', width: '158px', isShort: true, sort: sort('match'), render: (row) => <Tag tone={matchWords[row.match].tone} title={matchWords[row.match].meaning}>{matchWords[row.match].title}{row.candidates === undefined ? '' : ` (${row.candidates})`}</Tag> },
    { id: 'name', title: 'Name', width: 'minmax(110px, 0.9fr)', render: (row) => textInCell(personal(row.full_name ?? '')) },
    { id: 'email', title: 'E-mail', width: 'minmax(160px, 1.1fr)', sort: sort('email'), render: (row) => textInCell(personal(row.email)) },
    ...changeColumns.map(({ field, title, width }): GridColumn<ShownPlanRow> => ({
      id: field,
      title,
      width,
      isTinted: (row) => row.changes.some((change) => change.field === field),
      render: (row) => changeInCell(row.changes.find((change) => change.field === field), isMasked),
    })),
    {
      id: 'warnings',
      title: 'Warnings',
      width: '92px',
      isShort: true,
      render: (row) =>
        row.warnings.length === 0 ? null : (
          <Tag tone="amber" icon={<IconAlertTriangle size={12} aria-hidden />} title={row.warnings.map((code) => wordingOf(code).reason).join(' ')}>{row.warnings.length}</Tag>
        ),
    },
  ];
}

/** Width in px below which the grid scrolls sideways. */
export const PLAN_MIN_WIDTH_PX = 1220;
