import { Button, Tabs } from '@mantine/core';
import { IconDatabaseExport, IconFileExport, IconShieldCheck } from '@tabler/icons-react';
import { useState } from 'react';
import type { z } from 'zod';
import type { journalEntryViewSchema } from '../../shared/contract/operator/journal.ts';
import type { OperatorProblem } from '../../shared/contract/operator/reply.ts';
import { useDownload } from '../components/download.ts';
import { formatCount, shortHash } from '../components/format.ts';
import { Aside, CommandProblem, Facts, Heading, Loaded, Workspace } from '../components/layout.tsx';
import { Note, ProblemNotice } from '../components/problem-notice.tsx';
import { RowGrid, type GridColumn } from '../components/row-grid.tsx';
import { useRowWindow } from '../components/row-window.ts';
import { Hash, Shown, When } from '../components/text.tsx';
import { plainCode } from '../components/words.ts';
import { problemOf, useOperator, useOperatorCommand, useOperatorQuery } from '../operator.ts';
import { JournalAnchors } from './journal-anchors.tsx';
import { EraseRun } from './journal-erase.tsx';
import { JournalDamages, JournalStatusCard, VerifyProgress } from './journal-status.tsx';
import styles from './screens.module.css';

type Entry = z.infer<typeof journalEntryViewSchema>;

/** The journal: does its chain hold, and what stands in it. */
export function JournalScreen() {
  const client = useOperator();
  const status = useOperatorQuery('journal.getStatus', {});
  const verify = useOperatorCommand('journal.verify');
  const backUp = useOperatorCommand('journal.backUp');
  const exportLines = useOperatorCommand('journal.export');
  const download = useDownload();
  const rows = useRowWindow<Entry>('journal', (offset, limit) => client.call('journal.list', { offset, limit }));
  const [chosenTab, setTab] = useState<string | null>(null);
  const [cursor, setCursor] = useState(-1);
  const [entry, setEntry] = useState<Entry | undefined>(undefined);
  const [missing, setMissing] = useState<MissingEntry | undefined>(undefined);
  const [jumpProblem, setJumpProblem] = useState<OperatorProblem | undefined>(undefined);

  const damages = status.value?.damages ?? [];
  const shownTab = chosenTab === 'damages' && damages.length === 0 ? null : chosenTab;
  const tab = shownTab ?? (damages.length > 0 ? 'damages' : 'entries');

  /** Without a handle the operator prepares a file to be handed out, and says which. */
  async function keep(made: { readonly download_id: string | null } | undefined): Promise<void> {
    if (typeof made?.download_id === 'string') await download.keep({ download_id: made.download_id });
  }

  /** In a damaged journal places are missing, so the operator is asked where an entry stands. The panel opens also where that page has not come yet. */
  async function jumpTo(seq: number): Promise<void> {
    try {
      setTab('entries');
      const found = await client.call('journal.find', { seq });
      setMissing(found.entry === null ? { seq, before: found.before, after: found.after } : undefined);
      setEntry(found.entry ?? undefined);
      setJumpProblem(undefined);
      // The grid is there and measured by now, so that the cursor comes into view.
      setCursor(found.after === null ? found.offset : found.offset - 1);
    } catch (thrown) {
      setJumpProblem(problemOf(thrown));
    }
  }

  return (
    <Workspace filled aside={entry !== undefined && <EntryPanel key={entry.seq} entry={entry} onClose={() => setEntry(undefined)} />}>
      <Heading title="Journal" lead="Everything this Drydock asked for and what came of it: append-only, each entry chained to the one before.">
        <Button variant="default" leftSection={<IconFileExport size={15} aria-hidden />} loading={exportLines.busy} onClick={() => void exportLines.run({}).then(keep)}>Export the chain</Button>
        <Button variant="default" leftSection={<IconDatabaseExport size={15} aria-hidden />} loading={backUp.busy} onClick={() => void backUp.run({}).then(keep)}>Back up</Button>
        <Button leftSection={<IconShieldCheck size={15} aria-hidden />} loading={verify.busy} onClick={() => void verify.run({})}>Verify the chain</Button>
      </Heading>
      {[verify.problem, backUp.problem, exportLines.problem, download.problem, jumpProblem].map((problem, index) => <CommandProblem key={index} problem={problem} />)}
      {verify.busy && <VerifyProgress />}
      <Loaded query={status}>{(value) => <JournalStatusCard status={value} />}</Loaded>
      {rows.problem !== undefined && <ProblemNotice problem={rows.problem} onRetry={rows.reload} />}
      {missing !== undefined && tab === 'entries' && <Note tone="amber" title={`Entry ${formatCount(missing.seq)} is not there`}>{missingSentence(missing)}</Note>}
      <Tabs value={tab} onChange={setTab} keepMounted={false} className={styles.tabs ?? ''}>
        <Tabs.List>
          {damages.length > 0 && <Tabs.Tab value="damages">Damages</Tabs.Tab>}
          <Tabs.Tab value="entries">Entries</Tabs.Tab>
          <Tabs.Tab value="anchors">Heads at the server</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="entries" pt="sm" className={styles.grid ?? ''}>
          <RowGrid label="Journal entries" columns={columns} rows={rows} minWidthPx={700} cursor={cursor} emptyText="Nothing has been journalled yet. The first entry comes with the first thing you do." onCursor={setCursor} onOpen={(opened) => { setEntry(opened); setMissing(undefined); }} onClose={() => setEntry(undefined)} />
        </Tabs.Panel>
        <Tabs.Panel value="damages" pt="sm" className={styles.grid ?? ''}><JournalDamages damages={damages} leftOut={status.value?.damages_left_out ?? 0} onJump={(seq) => void jumpTo(seq)} /></Tabs.Panel>
        <Tabs.Panel value="anchors" pt="sm" className={styles.grid ?? ''}><JournalAnchors /></Tabs.Panel>
      </Tabs>
    </Workspace>
  );
}

/** An entry that a damage names and that the journal does not have, with those that are left on either side. */
interface MissingEntry {
  readonly seq: number;
  readonly before: number | null;
  readonly after: number | null;
}

function missingSentence({ before, after }: MissingEntry): string {
  if (before === null && after === null) return 'The journal has no entries at all.';
  if (after === null) return `The journal ends with entry ${formatCount(before ?? 0)}.`;
  if (before === null) return `The journal begins with entry ${formatCount(after)}.`;
  return `After entry ${formatCount(before)} comes entry ${formatCount(after)}.`;
}

const columns: readonly GridColumn<Entry>[] = [
  { id: 'seq', title: 'Seq', width: '80px', isNumber: true, render: (entry) => formatCount(entry.seq) },
  { id: 'at', title: 'At', width: '180px', render: (entry) => <When at={entry.at} /> },
  { id: 'kind', title: 'Kind', width: '150px', render: (entry) => <span>{plainCode(entry.kind)}</span> },
  { id: 'title', title: 'What', width: 'minmax(220px, 1fr)', render: (entry) => <span title={entry.title}><Shown text={entry.title} /></span> },
  { id: 'hash', title: 'Hash', width: '120px', render: (entry) => <code>{shortHash(entry.hash)}</code> },
];

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
      {entry.run_id !== null && <EraseRun runId={entry.run_id} />}
    </Aside>
  );
}
