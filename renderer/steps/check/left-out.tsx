import { Tabs } from '@mantine/core';
import { useState } from 'react';
import type { z } from 'zod';
import type { CheckSummary, duplicateSchema, rejectedSchema, warningSchema } from '../../../shared/contract/operator/sources.ts';
import { formatCount } from '../../components/format.ts';
import { Empty } from '../../components/layout.tsx';
import { ProblemNotice } from '../../components/problem-notice.tsx';
import { ROW_HEIGHT_PX } from '../../components/fixed-rows.ts';
import { RowGrid, type GridColumn } from '../../components/row-grid.tsx';
import { useRowWindow, type RowPage } from '../../components/row-window.ts';
import { Shown } from '../../components/text.tsx';
import { fieldTitle, wordingOf } from '../../components/words.ts';
import { useOperator } from '../../operator.ts';
import styles from './check-step.module.css';

const LIST_HEIGHT_MAX_PX = 300;

type Rejected = z.infer<typeof rejectedSchema>;
type Duplicate = z.infer<typeof duplicateSchema>;
type Warning = z.infer<typeof warningSchema>;

/** What does not go on, and what looks risky: line by line, with the reason and what to do. */
export function LeftOut({ source }: { readonly source: CheckSummary }) {
  const client = useOperator();
  const page = (offset: number, limit: number) => ({ source_id: source.source_id, offset, limit });
  const { rejected_count: rejected, duplicate_count: duplicates, warning_count: warnings } = source;
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
          <List label="Rejected rows" id={`rejected ${source.source_id}`} columns={rejectedColumns} minWidthPx={760} emptyText="No row was rejected." count={rejected} fetchPage={(offset, limit) => client.call('sources.listRejected', page(offset, limit))} />
        </Tabs.Panel>
        <Tabs.Panel value="duplicates" pt="xs">
          <List label="Duplicate rows" id={`duplicates ${source.source_id}`} columns={duplicateColumns} minWidthPx={640} emptyText="No row is a duplicate." count={duplicates} fetchPage={(offset, limit) => client.call('sources.listDuplicates', page(offset, limit))} />
        </Tabs.Panel>
        <Tabs.Panel value="warnings" pt="xs">
          <List label="Risky rows" id={`warnings ${source.source_id}`} columns={warningColumns} minWidthPx={640} emptyText="No row looks risky." count={warnings} fetchPage={(offset, limit) => client.call('sources.listWarnings', page(offset, limit))} />
        </Tabs.Panel>
      </Tabs>
    </section>
  );
}

function List<Item>({ label, id, columns, minWidthPx, emptyText, count, fetchPage }: { readonly label: string; readonly id: string; readonly columns: readonly GridColumn<Item>[]; readonly minWidthPx: number; readonly emptyText: string; readonly count: number; readonly fetchPage: (offset: number, limit: number) => Promise<RowPage<Item>> }) {
  const rows = useRowWindow(id, fetchPage);
  const [cursor, setCursor] = useState(-1);
  return (
    <div className={styles.list} style={{ height: Math.min(LIST_HEIGHT_MAX_PX, 34 + Math.max(2, count) * ROW_HEIGHT_PX) }}>
      {rows.problem !== undefined && <ProblemNotice problem={rows.problem} onRetry={rows.reload} />}
      <RowGrid label={label} columns={columns} rows={rows} minWidthPx={minWidthPx} cursor={cursor} emptyText={emptyText} onCursor={setCursor} onOpen={() => undefined} />
    </div>
  );
}

const rejectedColumns: readonly GridColumn<Rejected>[] = [
  { id: 'line', title: 'Line', width: '64px', isNumber: true, render: (row) => formatCount(row.line) },
  { id: 'field', title: 'Field', width: '120px', render: (row) => (row.field === null ? 'Whole row' : fieldTitle(row.field)) },
  { id: 'value', title: 'Value, masked', width: '150px', render: (row) => (row.masked === '' ? <span>(empty)</span> : <Shown text={row.masked} />) },
  { id: 'reason', title: 'Reason', width: 'minmax(200px, 1.2fr)', render: (row) => <span title={wordingOf(row.code).reason}>{wordingOf(row.code).reason}</span> },
  { id: 'remedy', title: 'What to do', width: 'minmax(200px, 1.2fr)', render: (row) => <span className={styles.remedy} title={wordingOf(row.code).remedy}>{wordingOf(row.code).remedy}</span> },
];

const duplicateColumns: readonly GridColumn<Duplicate>[] = [
  { id: 'line', title: 'Line', width: '64px', isNumber: true, render: (row) => formatCount(row.line) },
  { id: 'kept', title: 'Kept line', width: '90px', isNumber: true, render: (row) => formatCount(row.kept_line) },
  { id: 'reason', title: 'Reason', width: 'minmax(240px, 1fr)', render: () => <span>The address was there before.</span> },
  { id: 'remedy', title: 'What to do', width: 'minmax(240px, 1fr)', render: (row) => <span className={styles.remedy}>{row.conflicting ? 'The two rows differ otherwise: see which one is right.' : 'Nothing; the first one goes on.'}</span> },
];

const warningColumns: readonly GridColumn<Warning>[] = [
  { id: 'line', title: 'Line', width: '64px', isNumber: true, render: (row) => formatCount(row.line) },
  { id: 'field', title: 'Field', width: '120px', render: (row) => (row.field === null ? 'Whole row' : fieldTitle(row.field)) },
  { id: 'reason', title: 'What looks risky', width: 'minmax(220px, 1.2fr)', render: (row) => <span title={wordingOf(row.code).reason}>{wordingOf(row.code).reason}</span> },
  { id: 'remedy', title: 'What to do', width: 'minmax(220px, 1fr)', render: (row) => <span className={styles.remedy} title={wordingOf(row.code).remedy}>{wordingOf(row.code).remedy}</span> },
];
