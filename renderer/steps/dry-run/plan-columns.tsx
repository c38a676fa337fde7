import { Checkbox } from '@mantine/core';
import { IconAlertTriangle } from '@tabler/icons-react';
import type { ShownPlanRow } from '../../../shared/contract/operator/plans.ts';
import { testRowKind } from '../../../shared/core/test-rows.ts';
import { ChangeCell } from '../../components/change-cell.tsx';
import { formatCount } from '../../components/format.ts';
import type { GridColumn } from '../../components/row-grid.tsx';
import { Tag } from '../../components/tag.tsx';
import { Email, Personal } from '../../components/text.tsx';
import { actionWords, matchWords, wordingOf } from '../../components/words.ts';
import { sortedBy, type PlanFilter, type SortKey } from './plan-filter.ts';

interface ColumnSetting {
  readonly filter: PlanFilter;
  onFilter(filter: PlanFilter): void;
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
export function planColumns({ filter, onFilter, isPicked, onPick }: ColumnSetting): readonly GridColumn<ShownPlanRow>[] {
  const sort = (key: SortKey) => ({ active: filter.sort === key, descending: filter.descending, onSort: () => onFilter(sortedBy(filter, key)) });
  return [
    {
      id: 'pick',
      title: 'Test',
      width: '46px',
      render: (row) =>
        testRowKind(row) === undefined ? <span /> : (
          <Checkbox size="xs" checked={isPicked(row)} tabIndex={-1} aria-label={`Use row ${row.row} as test row`} onClick={(event) => event.stopPropagation()} onChange={() => onPick(row)} />
        ),
    },
    { id: 'row', title: 'Row', width: '58px', isNumber: true, sort: sort('row'), render: (row) => formatCount(row.row) },
    { id: 'action', title: 'Action', width: '100px', sort: sort('action'), render: (row) => <Tag tone={actionWords[row.action].tone} title={actionWords[row.action].meaning}>{actionWords[row.action].title}</Tag> },
    { id: 'match', title: 'Match', width: '158px', sort: sort('match'), render: (row) => <Tag tone={matchWords[row.match].tone} title={matchWords[row.match].meaning}>{matchWords[row.match].title}{row.candidates === undefined ? '' : ` (${row.candidates})`}</Tag> },
    { id: 'name', title: 'Name', width: 'minmax(110px, 0.9fr)', render: (row) => <span><Personal text={row.full_name ?? ''} /></span> },
    { id: 'email', title: 'E-mail', width: 'minmax(160px, 1.1fr)', sort: sort('email'), render: (row) => <span><Email address={row.email} /></span> },
    ...changeColumns.map(({ field, title, width }): GridColumn<ShownPlanRow> => ({
      id: field,
      title,
      width,
      isTinted: (row) => row.changes.some((change) => change.field === field),
      render: (row) => <ChangeCell change={row.changes.find((change) => change.field === field)} />,
    })),
    {
      id: 'warnings',
      title: 'Warnings',
      width: '92px',
      render: (row) =>
        row.warnings.length === 0 ? <span /> : (
          <Tag tone="amber" icon={<IconAlertTriangle size={12} aria-hidden />} title={row.warnings.map((code) => wordingOf(code).reason).join(' ')}>{row.warnings.length}</Tag>
        ),
    },
  ];
}

/** Width in px below which the grid scrolls sideways. */
export const PLAN_MIN_WIDTH_PX = 1220;
