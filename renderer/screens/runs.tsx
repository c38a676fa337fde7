import { Button } from '@mantine/core';
import { IconArrowLeft, IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import type { ShownRun } from '../../shared/contract/operator/runs.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import { isEnded } from '../../shared/core/run-state.ts';
import { formatCount } from '../components/format.ts';
import { Aside, Card, Empty, Facts, Heading, Loaded, PlainTable, Workspace, numberCell, shortCell } from '../components/layout.tsx';
import { Note } from '../components/problem-notice.tsx';
import { Tag } from '../components/tag.tsx';
import { Hash, Shown, When } from '../components/text.tsx';
import { runKindTitles, runStateWords } from '../components/words.ts';
import { useOperatorQuery } from '../operator.ts';
import { usePlace } from '../stores/place.ts';
import { ItemPanel } from '../steps/execute/item-panel.tsx';
import { RunProgress } from '../steps/execute/run-progress.tsx';
import { ExportReport } from '../steps/report/export-report.tsx';
import styles from './screens.module.css';

const RUNS_POLL_MS = 5000;

/** Every run of the environment, and one of them whole. */
export function RunsScreen() {
  const runId = usePlace((state) => state.runId);
  return runId === null ? <RunList /> : <OneRun key={runId} runId={runId} />;
}

function RunList() {
  const runs = useOperatorQuery('runs.list', {}, { pollMs: RUNS_POLL_MS });
  const selectRun = usePlace((state) => state.selectRun);
  const [selected, setSelected] = useState<string | null>(null);
  const shown = runs.value?.items.find(({ run }) => run.run_id === selected);
  return (
    <Workspace aside={shown !== undefined && <RunPanel shown={shown} onClose={() => setSelected(null)} />}>
      <Heading title="Runs" lead="Dry runs, test runs, executions: what was done, newest first." />
      <Loaded query={runs}>
        {({ items, offline }) => (
          <>
            {offline && <Note tone="amber" title="Offline">The server cannot be reached. These are the runs as they were last seen.</Note>}
            {items.length === 0 ? (
              <Empty icon={<IconPlayerPlay size={28} aria-hidden />} title="No run yet">A run appears here with the first dry run of a file.</Empty>
            ) : (
              <PlainTable label="Runs">
                <thead>
                  <tr><th scope="col">Run</th><th scope="col">State</th><th scope="col">Migration</th><th scope="col" className={numberCell}>Rows</th><th scope="col">File</th><th scope="col">By</th><th scope="col">Begun</th></tr>
                </thead>
                <tbody>
                  {items.map(({ run }) => (
                    <tr key={run.run_id} className={styles.clickable} aria-selected={run.run_id === selected} onClick={() => setSelected(run.run_id)} onDoubleClick={() => selectRun(run.run_id)}>
                      <td className={shortCell}><button type="button" className={styles.link} onClick={() => selectRun(run.run_id)}>{runKindTitles[run.kind]}{run.stage_percent === null ? '' : ` ${run.stage_percent} %`}</button></td>
                      <td><Tag tone={runStateWords[run.state].tone} title={runStateWords[run.state].meaning}>{runStateWords[run.state].title}</Tag></td>
                      <td className={shortCell}><Shown text={run.migration} /></td>
                      <td className={numberCell}>{formatCount(run.rows_done)} of {formatCount(run.rows_total)}</td>
                      <td>{run.source_file === null ? '–' : <Shown text={run.source_file} />}</td>
                      <td><Shown text={run.requested_by} /></td>
                      <td><When at={run.created_at} /></td>
                    </tr>
                  ))}
                </tbody>
              </PlainTable>
            )}
          </>
        )}
      </Loaded>
    </Workspace>
  );
}

function RunPanel({ shown, onClose }: { readonly shown: ShownRun; readonly onClose: () => void }) {
  const selectRun = usePlace((state) => state.selectRun);
  const { run } = shown;
  return (
    <Aside title={runKindTitles[run.kind]} label="Run" onClose={onClose}>
      <RunFacts shown={shown} />
      <Button onClick={() => selectRun(run.run_id)}>Open this run</Button>
    </Aside>
  );
}

function RunFacts({ shown }: { readonly shown: ShownRun }) {
  const { run } = shown;
  return (
    <Facts
      items={[
        ['State', <Tag key="state" tone={runStateWords[run.state].tone}>{runStateWords[run.state].title}</Tag>],
        ...(run.message === null ? [] : [['Message', <Shown key="message" text={run.message} />] as const]),
        ['Run id', <Shown key="id" text={run.run_id} />],
        ['Plan', run.plan_hash === null ? '–' : <Hash key="plan" value={run.plan_hash} label="plan hash" />],
        ['Asked by', <Shown key="by" text={run.requested_by} />],
        ['Begun', <When key="created" at={run.created_at} />],
        ['Ended', <When key="ended" at={run.ended_at} />],
        ['In the journal', `${formatCount(shown.mirrored_items)} rows`],
      ]}
    />
  );
}

function OneRun({ runId }: { readonly runId: string }) {
  const selectRun = usePlace((state) => state.selectRun);
  const goTo = usePlace((state) => state.goTo);
  const shown = useOperatorQuery('runs.get', { run_id: runId });
  const [item, setItem] = useState<RunItem | undefined>(undefined);
  return (
    <Workspace aside={item !== undefined && <ItemPanel item={item} onClose={() => setItem(undefined)} />}>
      <Heading title={shown.value === undefined ? 'Run' : runKindTitles[shown.value.run.kind]}>
        <Button variant="default" leftSection={<IconArrowLeft size={15} aria-hidden />} onClick={() => selectRun(null)}>All runs</Button>
      </Heading>
      <Loaded query={shown}>
        {(value) => (
          <>
            <Card label="Run"><RunFacts shown={value} /></Card>
            {value.run.kind === 'dry_run' ? <Note tone="blue">A dry run settles no rows: its plan is in the Dry run step of the migration.</Note> : <RunProgress runId={runId} onItem={setItem} />}
            {isEnded(value.run.state) && value.run.kind !== 'dry_run' && <ExportReport runId={runId} isFirst={false} onExported={() => goTo('reports')} />}
          </>
        )}
      </Loaded>
    </Workspace>
  );
}
