import { useState } from 'react';
import type { Run } from '../../../shared/contract/admin/runs.ts';
import { readBackMarks } from '../../../shared/core/read-back-words.ts';
import type { RunItem } from '../../../shared/core/run-item.ts';
import { FilterChips } from '../../components/filter-chips.tsx';
import { counted, formatCount } from '../../components/format.ts';
import { Card, Loaded } from '../../components/layout.tsx';
import { Note, ProblemNotice } from '../../components/problem-notice.tsx';
import { RowGrid, type GridColumn } from '../../components/row-grid.tsx';
import { useRowWindow } from '../../components/row-window.ts';
import { SegmentedBar } from '../../components/segmented-bar.tsx';
import { Tag } from '../../components/tag.tsx';
import { Email, Shown } from '../../components/text.tsx';
import type { Word } from '../../components/words.ts';
import { useOperator, useOperatorQuery } from '../../operator.ts';
import { FactsInLine } from './facts-in-line.tsx';
import type { Finding } from './verification-run.ts';
import styles from './verify.module.css';

const findingWords: Readonly<Record<Finding, Word>> = {
  as_left: { title: 'As the run left them', tone: 'green', meaning: 'Every field is as the run wrote it.' },
  completed_since: { title: 'Completed since', tone: 'blue', meaning: 'The customer has set a password since, which is what the run prepared for. The rest is as it was left.' },
  put_back_since: { title: 'Put back since', tone: 'grey', meaning: 'A rollback has put this customer back since.' },
  different: { title: 'Different', tone: 'violet', meaning: 'Something else is there than the run wrote, and neither the customer nor a rollback explains it.' },
};

function findingOf(item: RunItem): Finding {
  const reason = item.reason ?? '';
  if (item.outcome !== 'drifted') return reason.includes(readBackMarks.completed_since) ? 'completed_since' : 'as_left';
  return reason.includes(readBackMarks.put_back_since) ? 'put_back_since' : 'different';
}

/** What one verification found: counts, what was not looked at, and every row that was, with planned and now. */
export function VerificationResult({ verificationId, verified, onItem }: { readonly verificationId: string; readonly verified: Run; readonly onItem: (item: RunItem) => void }) {
  const verification = useOperatorQuery('runs.get', { run_id: verificationId });
  const completed = useOperatorQuery('runs.listItems', { run_id: verificationId, outcome: 'no_change', q: readBackMarks.completed_since, offset: 0, limit: 1 });
  const putBack = useOperatorQuery('runs.listItems', { run_id: verificationId, outcome: 'drifted', q: readBackMarks.put_back_since, offset: 0, limit: 1 });
  return (
    <Loaded query={verification}>
      {({ run }) => {
        const completedCount = completed.value?.total ?? 0;
        const putBackCount = putBack.value?.total ?? 0;
        const counts: Readonly<Record<Finding, number>> = { as_left: run.counts.no_change - completedCount, completed_since: completedCount, put_back_since: putBackCount, different: run.counts.drifted - putBackCount };
        const notRead = Math.max(0, verified.counts.applied - run.rows_total);
        const notWritten = verified.rows_done - verified.counts.applied;
        return (
          <>
            <Card label="Result of the verification">
              <SegmentedBar
                title={`${counted(run.rows_total, 'row')} read back: ${counts.different === 0 ? 'nothing differs that is not explained' : `${formatCount(counts.different)} different`}`}
                total={run.rows_total}
                segments={(Object.keys(findingWords) as Finding[]).map((finding) => ({ label: findingWords[finding].title.toLowerCase(), count: counts[finding], tone: findingWords[finding].tone }))}
              />
              <p className={styles.hint}>
                {notRead === 0 ? 'Every row that the run wrote was read back.' : `Not verified: ${counted(notRead, 'row')} that the run wrote were not in the sample.`}
                {notWritten > 0 && ` ${counted(notWritten, 'row')} that it did not write (skipped, drifted, failed or as planned already) are no part of this.`}
              </p>
            </Card>
            {counts.different > 0 && <Note tone="amber" title={`${counted(counts.different, 'row')} different`}>Somebody or something has changed them since the run. Look at planned and now; a rollback would keep them as they are.</Note>}
            <ReadBackRows verificationId={verificationId} counts={counts} onItem={onItem} />
          </>
        );
      }}
    </Loaded>
  );
}

/** What a chip asks of the operator. Real differences cannot be asked for by one reason, so they come with those put back. */
const asked: Readonly<Record<Finding, { readonly outcome: string; readonly q?: string }>> = {
  as_left: { outcome: 'no_change', q: readBackMarks.as_left },
  completed_since: { outcome: 'no_change', q: readBackMarks.completed_since },
  put_back_since: { outcome: 'drifted', q: readBackMarks.put_back_since },
  different: { outcome: 'drifted' },
};

function ReadBackRows({ verificationId, counts, onItem }: { readonly verificationId: string; readonly counts: Readonly<Record<Finding, number>>; readonly onItem: (item: RunItem) => void }) {
  const client = useOperator();
  const [finding, setFinding] = useState<Finding | undefined>(counts.different > 0 ? 'different' : undefined);
  const [cursor, setCursor] = useState(-1);
  const filter = finding === undefined ? {} : asked[finding];
  const rows = useRowWindow<RunItem>(JSON.stringify([verificationId, finding]), (offset, limit) => client.call('runs.listItems', { run_id: verificationId, offset, limit, ...filter }));
  return (
    <div className={styles.items}>
      <FilterChips name="Finding" chips={(Object.keys(findingWords) as Finding[]).map((value) => ({ value, count: counts[value], ...findingWords[value] }))} chosen={finding} onChoose={setFinding} />
      {rows.problem !== undefined && <ProblemNotice problem={rows.problem} onRetry={rows.reload} />}
      <RowGrid label="Rows read back" columns={columns} rows={rows} minWidthPx={760} cursor={cursor} emptyText="No row is like that." onCursor={setCursor} onOpen={onItem} />
    </div>
  );
}

const columns: readonly GridColumn<RunItem>[] = [
  { id: 'row', title: 'Row', width: '64px', isNumber: true, render: (item) => formatCount(item.row) },
  { id: 'finding', title: 'Found', width: '165px', render: (item) => <Tag tone={findingWords[findingOf(item)].tone} title={findingWords[findingOf(item)].meaning}>{findingWords[findingOf(item)].title}</Tag> },
  { id: 'email', title: 'E-mail', width: 'minmax(170px, 1fr)', render: (item) => <span><Email address={item.email} /></span> },
  { id: 'planned', title: 'Planned', width: 'minmax(150px, 1fr)', render: (item) => (item.outcome === 'drifted' ? <FactsInLine facts={item.planned} /> : '–') },
  { id: 'now', title: 'Now', width: 'minmax(150px, 1fr)', isTinted: (item) => item.outcome === 'drifted', render: (item) => (item.outcome === 'drifted' ? <FactsInLine facts={item.now} /> : <span><Shown text={item.reason ?? ''} /></span>) },
];
