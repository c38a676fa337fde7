import { Select, Tabs, TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import type { z } from 'zod';
import type { ProcedureInput } from '../../../shared/contract/operator/dispatch.ts';
import type { CheckSummary, LeftOutList, duplicateSchema, rejectedSchema, warningSchema } from '../../../shared/contract/operator/sources.ts';
import { ExportView } from '../../components/export-view.tsx';
import { formatCount } from '../../components/format.ts';
import { Empty } from '../../components/layout.tsx';
import { ProblemNotice } from '../../components/problem-notice.tsx';
import { ROW_HEIGHT_PX } from '../../components/fixed-rows.ts';
import { RowGrid, type GridColumn } from '../../components/row-grid.tsx';
import { useRowWindow, type RowPage } from '../../components/row-window.ts';
import { Shown } from '../../components/text.tsx';
import { fieldTitle, plainCode, wordingOf } from '../../components/words.ts';
import { useOperator, useOperatorQuery } from '../../operator.ts';
import styles from './check-step.module.css';

const LIST_HEIGHT_MAX_PX = 300;
const SEARCH_DELAY_MS = 200;

type Rejected = z.infer<typeof rejectedSchema>;
type Duplicate = z.infer<typeof duplicateSchema>;
type Warning = z.infer<typeof warningSchema>;

/** What does not go on, and what looks risky: line by line, with the reason and what to do. */
export function LeftOut({ source }: { readonly source: CheckSummary }) {
  const client = useOperator();
  const { rejected_count: rejected, duplicate_count: duplicates, warning_count: warnings, source_id: sourceId } = source;
  const [tab, setTab] = useState<string | null>(rejected > 0 ? 'rejected' : duplicates > 0 ? 'duplicates' : warnings > 0 ? 'warnings' : 'rejected');
  if (rejected + duplicates + warnings === 0) {
    return <Empty title="Nothing is left out">Every row of the file goes on, and no name looks risky.</Empty>;
  }
  return (
    <section aria-label="Left out and risky rows" className={styles.section}>
      <Tabs value={tab} onChange={setTab} keepMounted={false}>
        <Tabs.List>
          <Tabs.Tab value="rejected">Rejected ({formatCount(rejected)})</Tabs.Tab>
          <Tabs.Tab value="duplicates">Duplicates ({formatCount(duplicates)})</Tabs.Tab>
          <Tabs.Tab value="warnings">Risky, go on ({formatCount(warnings)})</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="rejected" pt="xs">
          <List label="Rejected rows" list="rejected" fetchPage={(input) => client.call('sources.listRejected', input)} sourceId={sourceId} columns={rejectedColumns} minWidthPx={760} emptyText="No row was rejected." count={rejected} />
        </Tabs.Panel>
        <Tabs.Panel value="duplicates" pt="xs">
          <List label="Duplicate rows" list="duplicates" fetchPage={(input) => client.call('sources.listDuplicates', input)} sourceId={sourceId} columns={duplicateColumns} minWidthPx={640} emptyText="No row is a duplicate." count={duplicates} />
        </Tabs.Panel>
        <Tabs.Panel value="warnings" pt="xs">
          <List label="Risky rows" list="warnings" fetchPage={(input) => client.call('sources.listWarnings', input)} sourceId={sourceId} columns={warningColumns} minWidthPx={640} emptyText="No row looks risky." count={warnings} />
        </Tabs.Panel>
      </Tabs>
    </section>
  );
}

type ListInput = ProcedureInput<'sources.listRejected'>;
type Sort = NonNullable<ListInput['sort']>;
/** A column that is sorted by where it says so. */
type LeftOutColumn<Item> = GridColumn<Item> & { readonly sortKey?: Sort };

interface ListProps<Item> {
  readonly label: string;
  readonly list: LeftOutList;
  readonly sourceId: string;
  readonly columns: readonly LeftOutColumn<Item>[];
  readonly minWidthPx: number;
  readonly emptyText: string;
  readonly count: number;
  fetchPage(input: ListInput): Promise<RowPage<Item>>;
}

/** One of the lists: narrowed, searched and sorted by the operator. */
function List<Item>({ label, list, sourceId, columns, minWidthPx, emptyText, count, fetchPage }: ListProps<Item>) {
  const [view, setView] = useState<LeftOutFilter>(wholeList);
  const [cursor, setCursor] = useState(-1);
  const [q] = useDebouncedValue(view.q, SEARCH_DELAY_MS);
  const choices = useOperatorQuery('sources.countLeftOut', count > 0 ? { source_id: sourceId, list } : null);
  const asked = { ...view, q: q.trim() };
  const input = { source_id: sourceId, sort: asked.sort, descending: asked.descending, ...(asked.code === undefined ? {} : { code: asked.code }), ...(asked.field === undefined ? {} : { field: asked.field }), ...(asked.q === '' ? {} : { q: asked.q }) };
  const rows = useRowWindow<Item>(JSON.stringify([list, input]), (offset, limit) => fetchPage({ ...input, offset, limit, lane: list }));
  const change = (next: Partial<LeftOutFilter>): void => {
    setView((known) => ({ ...known, ...next }));
    setCursor(-1);
  };
  const sorted = columns.map(({ sortKey, ...column }) =>
    sortKey === undefined ? column : { ...column, sort: { active: view.sort === sortKey, descending: view.descending, onSort: () => change({ sort: sortKey, descending: view.sort === sortKey ? !view.descending : false }) } },
  );
  return (
    <>
      {count > 0 && (
        <div className={styles.filters}>
          <Choice name="Reason" value={view.code} options={choices.value?.codes ?? []} titleOf={reasonTitle} onChoose={(code) => change({ code })} />
          <Choice name="Field" value={view.field} options={choices.value?.fields ?? []} titleOf={fieldTitle} onChoose={(field) => change({ field })} />
          <TextInput type="search" aria-label={`Search ${label.toLowerCase()}`} placeholder="Search line, value or reason" leftSection={<IconSearch size={14} aria-hidden />} value={view.q} onChange={(event) => change({ q: event.currentTarget.value })} w={220} />
          <span role="status" className={styles.remedy}>{rows.total === undefined ? '' : `${formatCount(rows.total)} shown`}</span>
          <ExportView view={{ of: 'left_out', list, ...input }} />
        </div>
      )}
      <div className={styles.list} style={{ height: Math.min(LIST_HEIGHT_MAX_PX, 34 + Math.max(2, count) * ROW_HEIGHT_PX) }}>
        {rows.problem !== undefined && <ProblemNotice problem={rows.problem} onRetry={rows.reload} />}
        <RowGrid label={label} columns={sorted} rows={rows} minWidthPx={minWidthPx} cursor={cursor} emptyText={count === 0 ? emptyText : 'No row is like that. Take a filter off to see more.'} onCursor={setCursor} onOpen={() => undefined} />
      </div>
    </>
  );
}

interface LeftOutFilter {
  readonly code: string | undefined;
  readonly field: string | undefined;
  readonly q: string;
  readonly sort: Sort;
  readonly descending: boolean;
}

const wholeList: LeftOutFilter = { code: undefined, field: undefined, q: '', sort: 'line', descending: false };

function reasonTitle(code: string): string {
  if (code === 'conflicting') return 'Differs otherwise';
  return code === 'same' ? 'The same otherwise' : plainCode(code);
}

interface ChoiceProps {
  readonly name: string;
  readonly value: string | undefined;
  readonly options: readonly { readonly value: string; readonly count: number }[];
  titleOf(value: string): string;
  onChoose(value: string | undefined): void;
}

/** Left out where there is nothing to choose between. */
function Choice({ name, value, options, titleOf, onChoose }: ChoiceProps) {
  if (options.length < 2 && value === undefined) return null;
  return <Select aria-label={`Filter by ${name}`} placeholder={`${name}: any`} clearable w={190} data={options.map((option) => ({ value: option.value, label: `${titleOf(option.value)} · ${formatCount(option.count)}` }))} value={value ?? null} onChange={(chosen) => onChoose(chosen ?? undefined)} comboboxProps={{ width: 280, position: 'bottom-start' }} />;
}

const rejectedColumns: readonly LeftOutColumn<Rejected>[] = [
  { id: 'line', sortKey: 'line', title: 'Line', width: '64px', isNumber: true, render: (row) => formatCount(row.line) },
  { id: 'field', sortKey: 'field', title: 'Field', width: '120px', render: (row) => (row.field === null ? 'Whole row' : fieldTitle(row.field)) },
  { id: 'value', sortKey: 'value', title: 'Value, masked', width: '150px', render: (row) => (row.masked === '' ? <span>(empty)</span> : <Shown text={row.masked} />) },
  { id: 'reason', sortKey: 'reason', title: 'Reason', width: 'minmax(200px, 1.2fr)', render: (row) => <span title={wordingOf(row.code).reason}>{wordingOf(row.code).reason}</span> },
  { id: 'remedy', sortKey: 'remedy', title: 'What to do', width: 'minmax(200px, 1.2fr)', render: (row) => <span className={styles.remedy} title={wordingOf(row.code).remedy}>{wordingOf(row.code).remedy}</span> },
];

const duplicateColumns: readonly LeftOutColumn<Duplicate>[] = [
  { id: 'line', sortKey: 'line', title: 'Line', width: '64px', isNumber: true, render: (row) => formatCount(row.line) },
  { id: 'kept', sortKey: 'kept_line', title: 'Kept line', width: '90px', isNumber: true, render: (row) => formatCount(row.kept_line) },
  { id: 'reason', title: 'Reason', width: 'minmax(240px, 1fr)', render: () => <span>The address was there before.</span> },
  { id: 'remedy', sortKey: 'code', title: 'What to do', width: 'minmax(240px, 1fr)', render: (row) => <span className={styles.remedy}>{row.conflicting ? 'The two rows differ otherwise: see which one is right.' : 'Nothing; the first one goes on.'}</span> },
];

const warningColumns: readonly LeftOutColumn<Warning>[] = [
  { id: 'line', sortKey: 'line', title: 'Line', width: '64px', isNumber: true, render: (row) => formatCount(row.line) },
  { id: 'field', sortKey: 'field', title: 'Field', width: '120px', render: (row) => (row.field === null ? 'Whole row' : fieldTitle(row.field)) },
  { id: 'reason', sortKey: 'reason', title: 'What looks risky', width: 'minmax(220px, 1.2fr)', render: (row) => <span title={wordingOf(row.code).reason}>{wordingOf(row.code).reason}</span> },
  { id: 'remedy', sortKey: 'remedy', title: 'What to do', width: 'minmax(220px, 1fr)', render: (row) => <span className={styles.remedy} title={wordingOf(row.code).remedy}>{wordingOf(row.code).remedy}</span> },
];
