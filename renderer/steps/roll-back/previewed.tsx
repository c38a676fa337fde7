import { useCallback, useState } from 'react';
import type { RunItem } from '../../../shared/core/run-item.ts';
import { ChangeCell } from '../../components/change-cell.tsx';
import { useCursorRows } from '../../components/cursor-rows.ts';
import { FilterChips } from '../../components/filter-chips.tsx';
import { Card, Facts } from '../../components/layout.tsx';
import { Note, ProblemNotice } from '../../components/problem-notice.tsx';
import { RowGrid, type GridColumn } from '../../components/row-grid.tsx';
import { SegmentedBar } from '../../components/segmented-bar.tsx';
import { Tag } from '../../components/tag.tsx';
import { Email, Hash, Shown } from '../../components/text.tsx';
import { fieldTitle, type Word } from '../../components/words.ts';
import { formatCount, people } from '../../components/format.ts';
import { changesOf } from '../../components/item-changes.ts';
import { useOperator } from '../../operator.ts';
import type { ShownPreview } from '../../stores/rollbacks.ts';
import { FactsInLine } from '../verify/facts-in-line.tsx';
import styles from './roll-back.module.css';

const previewOutcomes = ['reverted', 'kept_changed_since', 'nothing_to_revert'] as const;
type PreviewOutcome = (typeof previewOutcomes)[number];

const previewWords: Readonly<Record<PreviewOutcome, Word>> = {
  reverted: { title: 'Will be put back', tone: 'blue', meaning: 'Whole, to before the first run that is not put back yet.' },
  kept_changed_since: { title: 'Kept, changed since', tone: 'violet', meaning: 'The customer or somebody else has changed it since. Nothing of it is touched.' },
  nothing_to_revert: { title: 'Nothing to put back', tone: 'grey', meaning: 'No run has written this customer, or it was put back before.' },
};

/** What the rollback would do, customer by customer, under its hash. */
export function Previewed({ migration, shown, onItem }: { readonly migration: string; readonly shown: ShownPreview; readonly onItem: (item: RunItem) => void }) {
  const client = useOperator();
  const { preview } = shown;
  const { rollback_hash: hash, counts } = preview;
  const [outcome, setOutcome] = useState<PreviewOutcome | undefined>(undefined);
  const [cursor, setCursor] = useState(-1);
  const keep = useCallback((item: RunItem) => item.outcome === outcome, [outcome]);
  const rows = useCursorRows<RunItem>(hash, (after) => client.call('rollback.listItems', { migration, rollback_hash: hash, ...(after === undefined ? {} : { after }) }), { first: preview, keep: outcome === undefined ? undefined : keep });
  const total = counts.reverted + counts.kept_changed_since + counts.nothing_to_revert;
  return (
    <>
      {shown.madeAgainBecause !== null && <Note tone="amber" title="The preview was out of date and was made again"><Shown text={shown.madeAgainBecause} /> Nothing was put back. Look at this one before you go on.</Note>}
      <Card label="Preview">
        <SegmentedBar title={`Preview: ${formatCount(counts.reverted)} of ${people(total)} will be put back`} total={total} segments={previewOutcomes.map((value) => ({ label: previewWords[value].title.toLowerCase(), count: counts[value], tone: previewWords[value].tone }))} />
        <Facts items={[['Rollback hash', <Hash key="hash" value={hash} label="rollback hash" />]]} />
      </Card>
      {counts.reverted === 0 && <Note tone="blue" title="There is nothing to put back">{counts.kept_changed_since > 0 ? `${people(counts.kept_changed_since)} would be kept as they are now, because something has changed since.` : 'Nobody of them is as a run has left them: they were put back before, or never written.'}</Note>}
      <div className={styles.grid}>
        <FilterChips name="Outcome" chips={previewOutcomes.map((value) => ({ value, count: counts[value], ...previewWords[value] }))} chosen={outcome} onChoose={setOutcome} />
        {rows.problem !== undefined && <ProblemNotice problem={rows.problem} onRetry={rows.reload} />}
        <RowGrid label="Rollback preview" columns={columns} rows={rows} minWidthPx={720} cursor={cursor} emptyText="Nobody is like that." onCursor={setCursor} onOpen={onItem} />
      </div>
    </>
  );
}

function wordOf({ outcome }: RunItem): Word {
  return previewWords[previewOutcomes.find((value) => value === outcome) ?? 'nothing_to_revert'];
}

const columns: readonly GridColumn<RunItem>[] = [
  { id: 'outcome', title: 'What happens', width: '165px', render: (item) => <Tag tone={wordOf(item).tone} title={wordOf(item).meaning}>{wordOf(item).title}</Tag> },
  { id: 'email', title: 'E-mail', width: 'minmax(180px, 1fr)', render: (item) => <span><Email address={item.email} /></span> },
  { id: 'changes', title: 'Now → afterwards', width: 'minmax(240px, 1.7fr)', render: (item) => (item.outcome === 'kept_changed_since' ? <FactsInLine facts={item.now} /> : <span>{changesOf(item).map((change, index) => <span key={change.field}>{index > 0 && ', '}{fieldTitle(change.field)}: <ChangeCell change={change} /></span>)}</span>) },
  { id: 'why', title: 'Why', width: 'minmax(160px, 1fr)', render: (item) => <span><Shown text={item.reason ?? ''} /></span> },
];
