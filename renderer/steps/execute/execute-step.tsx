import { Button } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import { useState } from 'react';
import { isEnded } from '../../../shared/core/run-state.ts';
import { Heading, Workspace } from '../../components/layout.tsx';
import { Note } from '../../components/problem-notice.tsx';
import type { StepProps } from '../step-props.ts';
import { usePlace } from '../../stores/place.ts';
import type { RunItem } from '../../../shared/core/run-item.ts';
import { ItemPanel } from './item-panel.tsx';
import { RunProgress } from './run-progress.tsx';
import { StartExecution } from './start-execution.tsx';

/** Execute: in stages or at once, watched live, paused and stopped at will. */
export function ExecuteStep({ way, migration, session }: StepProps) {
  const openStep = usePlace((state) => state.openStep);
  const openRollback = usePlace((state) => state.openRollback);
  const [startedId, setStartedId] = useState<string | null>(null);
  const [item, setItem] = useState<RunItem | undefined>(undefined);
  const { plan, execution } = way;
  if (plan === null) return null;
  const gate = way.gates.find((candidate) => candidate.name === 'execution');
  const ofThisPlan = execution !== null && execution.run.plan_hash === plan.plan_hash ? execution.run.run_id : null;
  const runId = startedId ?? ofThisPlan ?? execution?.run.run_id ?? null;
  const hasEnded = execution === null || isEnded(execution.run.state);
  const canStart = gate?.state === 'open' && hasEnded && (startedId === null || execution?.run.run_id === startedId);
  return (
    <Workspace aside={item !== undefined && <ItemPanel item={item} onClose={() => setItem(undefined)} onRollBack={(email) => openRollback(migration.id, [email])} />}>
      <Heading title="Execute" lead="The whole plan is evaluated again first; what has changed since is reported as drifted, not overwritten.">
        {execution !== null && hasEnded && <Button variant="default" onClick={() => openStep('verification')}>Go to the verification</Button>}
        {execution !== null && hasEnded && <Button rightSection={<IconArrowRight size={15} aria-hidden />} onClick={() => openStep('report')}>Go to the report</Button>}
      </Heading>
      {gate?.state === 'passed' && <Note tone="green">{gate.detail} A second dry run of the same file now shows what is left to do.</Note>}
      {canStart && <StartExecution plan={plan} migration={migration} session={session} isFirst={execution === null} onStarted={setStartedId} />}
      {runId !== null && <RunProgress key={runId} runId={runId} onItem={setItem} />}
    </Workspace>
  );
}
