import { TextInput } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
import type { Snapshot } from '../../shared/contract/admin/verification.ts';
import type { RunSurroundings } from '../../shared/contract/operator/runs.ts';
import { ExportView } from '../components/export-view.tsx';
import { factText } from '../components/fact-text.ts';
import { counted, formatClock } from '../components/format.ts';
import { Card } from '../components/layout.tsx';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { RowGrid, type GridColumn } from '../components/row-grid.tsx';
import { useRowWindow } from '../components/row-window.ts';
import { Email, Shown } from '../components/text.tsx';
import { useOperator } from '../operator.ts';
import { usePreferences } from '../stores/preferences.ts';
import styles from './runs.module.css';

const SEARCH_DELAY_MS = 200;

/** The customers as they were before the run, one a row, from the journal. */
export function RunSnapshots({ runId, ended, snapshots }: { readonly runId: string; readonly ended: boolean; readonly snapshots: RunSurroundings['snapshots'] }) {
  const client = useOperator();
  const [text, setText] = useState('');
  const [cursor, setCursor] = useState(-1);
  const [q] = useDebouncedValue(text, SEARCH_DELAY_MS);
  const rows = useRowWindow<Snapshot>(JSON.stringify([runId, q, snapshots]), (offset, limit) => client.call('runs.listSnapshots', { run_id: runId, offset, limit, ...(q === '' ? {} : { q }) }));
  return (
    <Card label="Before the run">
      <h2 className={styles.title}>Before the run</h2>
      <p className={styles.hint}>{standOf(ended, snapshots)}</p>
      {snapshots.count > 0 && (
        <>
          <TextInput type="search" aria-label="Search customers before the run" placeholder="Search e-mail" leftSection={<IconSearch size={14} aria-hidden />} value={text} onChange={(event) => setText(event.currentTarget.value)} w={240} />
          <ExportView view={{ of: 'snapshots', run_id: runId, ...(q === '' ? {} : { q }) }} />
          {rows.problem !== undefined && <ProblemNotice problem={rows.problem} onRetry={rows.reload} />}
          <div className={styles.snapshots}>
            <RowGrid label="Customers before the run" columns={columns} rows={rows} minWidthPx={680} cursor={cursor} emptyText="Nobody is like that." onCursor={setCursor} onOpen={() => undefined} />
          </div>
        </>
      )}
    </Card>
  );
}

function standOf(ended: boolean, { count, complete }: RunSurroundings['snapshots']): string {
  if (complete) return count === 0 ? 'The run touched nobody.' : `${counted(count, 'customer')}, as they were before the run touched them. Kept in the journal.`;
  if (!ended) return 'The states before the run are brought into the journal once it has ended.';
  return `${counted(count, 'customer')} so far. The rest is not in the journal yet; it follows while the server can be reached.`;
}

const columns: readonly GridColumn<Snapshot>[] = [
  { id: 'email', title: 'E-mail', width: 'minmax(180px, 1fr)', render: (snapshot) => <span><Email address={snapshot.email} /></span> },
  { id: 'before', title: 'Before', width: 'minmax(260px, 2fr)', render: (snapshot) => <span>{snapshot.before === null ? 'Had no profile' : <FactsLine facts={snapshot.before} />}</span> },
  { id: 'reverted', title: 'Put back', width: '90px', render: (snapshot) => (snapshot.reverted_by === null ? '–' : 'yes') },
  { id: 'at', title: 'Taken', width: '70px', render: (snapshot) => formatClock(snapshot.taken_at) },
];

function FactsLine({ facts }: { readonly facts: Snapshot['left_as'] }) {
  const isMasked = usePreferences((state) => state.isMasked);
  return <Shown text={Object.entries(facts).map(([name, value]) => `${name}: ${factText(value, isMasked)}`).join(', ')} />;
}
