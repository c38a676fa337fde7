import { Button } from '@mantine/core';
import { IconShieldCheck } from '@tabler/icons-react';
import { useState } from 'react';
import type { z } from 'zod';
import type { journalEntryViewSchema, JournalStatus } from '../../shared/contract/operator/journal.ts';
import { assertNever } from '../../shared/core/assert-never.ts';
import { counted, formatCount, shortHash } from '../components/format.ts';
import { Aside, Card, CommandProblem, Facts, Heading, Loaded, Workspace } from '../components/layout.tsx';
import { Note, ProblemNotice } from '../components/problem-notice.tsx';
import { RowGrid, type GridColumn } from '../components/row-grid.tsx';
import { useRowWindow } from '../components/row-window.ts';
import { Hash, Shown, When } from '../components/text.tsx';
import { plainCode } from '../components/words.ts';
import { journalSentence } from '../frame/foot.tsx';
import { useOperator, useOperatorCommand, useOperatorQuery } from '../operator.ts';
import styles from './screens.module.css';

type Entry = z.infer<typeof journalEntryViewSchema>;

/** The journal: does its chain hold, and what stands in it. */
export function JournalScreen() {
  const client = useOperator();
  const status = useOperatorQuery('journal.getStatus', {});
  const verify = useOperatorCommand('journal.verify');
  const rows = useRowWindow<Entry>('journal', (offset, limit) => client.call('journal.list', { offset, limit }));
  const [cursor, setCursor] = useState(-1);
  const [entry, setEntry] = useState<Entry | undefined>(undefined);
  return (
    <Workspace filled aside={entry !== undefined && <EntryPanel entry={entry} onClose={() => setEntry(undefined)} />}>
      <Heading title="Journal" lead="Everything this Drydock asked for and what came of it: append-only, each entry chained to the one before.">
        <Button leftSection={<IconShieldCheck size={15} aria-hidden />} loading={verify.busy} onClick={() => void verify.run({})}>Verify the chain</Button>
      </Heading>
      <CommandProblem problem={verify.problem} />
      <Loaded query={status}>{(value) => <StatusCard status={value} />}</Loaded>
      {rows.problem !== undefined && <ProblemNotice problem={rows.problem} onRetry={rows.reload} />}
      <div className={styles.grid}>
        <RowGrid label="Journal entries" columns={columns} rows={rows} minWidthPx={700} cursor={cursor} emptyText="Nothing has been journalled yet. The first entry comes with the first thing you do." onCursor={setCursor} onOpen={setEntry} onClose={() => setEntry(undefined)} />
      </div>
    </Workspace>
  );
}

const columns: readonly GridColumn<Entry>[] = [
  { id: 'seq', title: 'Seq', width: '80px', isNumber: true, render: (entry) => formatCount(entry.seq) },
  { id: 'at', title: 'At', width: '180px', render: (entry) => <When at={entry.at} /> },
  { id: 'kind', title: 'Kind', width: '150px', render: (entry) => <span>{plainCode(entry.kind)}</span> },
  { id: 'title', title: 'What', width: 'minmax(220px, 1fr)', render: (entry) => <span title={entry.title}><Shown text={entry.title} /></span> },
  { id: 'hash', title: 'Hash', width: '120px', render: (entry) => <code>{shortHash(entry.hash)}</code> },
];

function StatusCard({ status }: { readonly status: JournalStatus }) {
  const isBad = status.state === 'damaged' || status.state === 'latched' || status.anchor === 'disagrees';
  const sentence = journalSentence(status);
  return (
    <>
      {isBad && <Note tone="red" title={`Journal: ${status.anchor === 'disagrees' && status.state === 'verified' ? 'it is not the one the server knows' : sentence}`}>{status.detail ?? 'Do not go on before this is understood. Nothing is written to it any more.'}</Note>}
      {status.open_intents > 0 && <Note tone="amber" title={`${counted(status.open_intents, 'call')} without a known outcome`}>Each is settled by asking the server with the same key, as soon as it can be reached.</Note>}
      <Card label="State of the journal">
        <Facts
          items={[
            ['Chain', sentence.slice(0, 1).toUpperCase() + sentence.slice(1)],
            ['Entries', formatCount(status.entries)],
            ['Head', status.head_hash === null ? '–' : <Hash key="head" value={status.head_hash} label="hash of the head" />],
            ['Anchored at the server', anchorSentence(status.anchor)],
            ...(status.detail === null || isBad ? [] : [['Remark', <Shown key="detail" text={status.detail} />] as const]),
          ]}
        />
      </Card>
    </>
  );
}

function anchorSentence(anchor: JournalStatus['anchor']): string {
  switch (anchor) {
    case 'agrees':
      return 'The server knows the same heads';
    case 'not_reachable':
      return 'Not compared: the server cannot be reached';
    case 'disagrees':
      return 'The server knows other heads';
    case 'none':
      return 'Nothing anchored yet';
    default:
      return assertNever(anchor);
  }
}

function EntryPanel({ entry, onClose }: { readonly entry: Entry; readonly onClose: () => void }) {
  return (
    <Aside title={plainCode(entry.kind)} label={`Entry ${entry.seq}`} onClose={onClose}>
      <Shown text={entry.title} />
      <Facts
        items={[
          ['Seq', formatCount(entry.seq)],
          ['At', <When key="at" at={entry.at} />],
          ['Run', entry.run_id === null ? '–' : <Shown key="run" text={entry.run_id} />],
          ['Hash', <Hash key="hash" value={entry.hash} label="hash of the entry" />],
        ]}
      />
    </Aside>
  );
}
