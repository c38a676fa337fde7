import { Button } from '@mantine/core';
import { IconArrowLeft } from '@tabler/icons-react';
import { useState } from 'react';
import type { ShownRun } from '../../shared/contract/operator/runs.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import { isEnded } from '../../shared/core/run-state.ts';
import { formatCount } from '../components/format.ts';
import { Card, Facts, Heading, Loaded, Workspace } from '../components/layout.tsx';
import { Note } from '../components/problem-notice.tsx';
import { Tag } from '../components/tag.tsx';
import { Hash, Shown, When } from '../components/text.tsx';
import { runKindTitles, runStateWords } from '../components/words.ts';
import { useOperatorQuery } from '../operator.ts';
import { usePlace } from '../stores/place.ts';
import { ItemPanel } from '../steps/execute/item-panel.tsx';
import { RunProgress } from '../steps/execute/run-progress.tsx';
import { ExportReport } from '../steps/report/export-report.tsx';
import { RunList } from './runs-list.tsx';
import { RunSnapshots } from './runs-snapshots.tsx';
import { RunSurroundingsCards } from './runs-surroundings.tsx';

const SURROUNDINGS_POLL_MS = 5000;
const ERASED_DETAIL = 'This journal keeps that the run was, and what became of how many rows, but none of its people any more. Nothing that is about them can be recorded, so it cannot be approved or verified from here. A dry run of their file begins anew.';

/** Every run of the environment, and one of them whole. */
export function RunsScreen() {
  const runId = usePlace((state) => state.runId);
  return runId === null ? <RunList /> : <OneRun key={runId} runId={runId} />;
}

function OneRun({ runId }: { readonly runId: string }) {
  const selectRun = usePlace((state) => state.selectRun);
  const goTo = usePlace((state) => state.goTo);
  const openVerification = usePlace((state) => state.openVerification);
  const openRollback = usePlace((state) => state.openRollback);
  const shown = useOperatorQuery('runs.get', { run_id: runId });
  const migration = shown.value?.run.kind === 'execution' ? shown.value.run.migration : undefined;
  const surroundings = useOperatorQuery('runs.getSurroundings', { run_id: runId }, { pollMs: SURROUNDINGS_POLL_MS });
  const [item, setItem] = useState<RunItem | undefined>(undefined);
  return (
    <Workspace aside={item !== undefined && <ItemPanel item={item} onClose={() => setItem(undefined)} {...(migration === undefined ? {} : { onRollBack: (email: string) => openRollback(migration, [email]) })} />}>
      <Heading title={shown.value === undefined ? 'Run' : runKindTitles[shown.value.run.kind]}>
        {migration !== undefined && <Button variant="default" onClick={() => openVerification(migration, runId)}>Verify…</Button>}
        {migration !== undefined && <Button variant="default" onClick={() => openRollback(migration, [])}>Roll back…</Button>}
        <Button variant="default" leftSection={<IconArrowLeft size={15} aria-hidden />} onClick={() => selectRun(null)}>All runs</Button>
      </Heading>
      <Loaded query={shown}>
        {(value) => {
          const { kind, state } = value.run;
          const writes = kind === 'execution' || kind === 'test_run';
          return (
            <>
              {value.from_mirror && <Note tone="amber" title="Offline">The server cannot be reached. This is the run as it was last seen, from the journal.</Note>}
              <Card label="Run"><RunFacts shown={value} /></Card>
              {kind === 'dry_run' ? <Note tone="blue">A dry run settles no rows: its plan is in the Dry run step of the migration.</Note> : <RunProgress runId={runId} onItem={setItem} />}
              <Loaded query={surroundings}>
                {(around) => (
                  <>
                    {around.erased && <Note tone="amber" title="Its people were erased here">{ERASED_DETAIL}</Note>}
                    <RunSurroundingsCards around={around} run={value.run} />
                    {writes && <RunSnapshots runId={runId} ended={isEnded(state)} snapshots={around.snapshots} />}
                  </>
                )}
              </Loaded>
              {isEnded(state) && kind !== 'dry_run' && <ExportReport runId={runId} isFirst={false} onExported={() => goTo('reports')} />}
            </>
          );
        }}
      </Loaded>
    </Workspace>
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
        ['File', run.source_file === null ? '–' : <Shown key="file" text={run.source_file} />],
        ['Asked by', <Shown key="by" text={run.requested_by} />],
        ['Begun', <When key="created" at={run.created_at} />],
        ['Ended', <When key="ended" at={run.ended_at} />],
        ['In the journal', `${formatCount(shown.mirrored_items)} rows`],
      ]}
    />
  );
}
