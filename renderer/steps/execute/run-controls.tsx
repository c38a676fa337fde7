import { Button } from '@mantine/core';
import { IconPlayerPause, IconPlayerPlay, IconPlayerStop } from '@tabler/icons-react';
import { useState } from 'react';
import type { Run } from '../../../shared/contract/admin/runs.ts';
import { nextRunState } from '../../../shared/core/run-state.ts';
import { Confirm } from '../../components/confirm.tsx';
import { people } from '../../components/format.ts';
import { CommandProblem } from '../../components/layout.tsx';
import { useOperatorCommand } from '../../operator.ts';
import styles from './execute.module.css';

/** Pause, resume, stop: always there, each saying what it will do. */
export function RunControls({ run }: { readonly run: Run }) {
  const pause = useOperatorCommand('runs.pause');
  const resume = useOperatorCommand('runs.resume');
  const stop = useOperatorCommand('runs.stop');
  const [isStopping, setStopping] = useState(false);
  const mayPause = nextRunState(run.state, 'pause_asked').kind === 'moved';
  const mayResume = (run.state === 'paused' || run.state === 'halted' || run.state === 'pausing') && nextRunState(run.state, 'resume_asked').kind === 'moved';
  const mayStop = nextRunState(run.state, 'stop_asked').kind === 'moved';
  const left = run.rows_total - run.rows_done;
  return (
    <>
      <div className={styles.controls} role="group" aria-label="Control the run">
        <Button variant="default" leftSection={<IconPlayerPause size={15} aria-hidden />} disabled={!mayPause} loading={pause.busy} onClick={() => void pause.run({ run_id: run.run_id })}>Pause</Button>
        <Button variant={mayResume ? 'filled' : 'default'} leftSection={<IconPlayerPlay size={15} aria-hidden />} disabled={!mayResume} loading={resume.busy} onClick={() => void resume.run({ run_id: run.run_id })}>Resume</Button>
        <Button variant="default" leftSection={<IconPlayerStop size={15} aria-hidden />} disabled={!mayStop} loading={stop.busy} onClick={() => setStopping(true)}>Stop…</Button>
        <span className={styles.hint}>Pause ends the batch in flight and waits. Stop ends the run; what is done stays done. It goes on when this window is closed.</span>
      </div>
      <CommandProblem problem={pause.problem ?? resume.problem ?? stop.problem} />
      <Confirm
        opened={isStopping}
        title="Stop this run?"
        confirmLabel="Stop the run"
        danger
        busy={stop.busy}
        onClose={() => setStopping(false)}
        onConfirm={() => {
          setStopping(false);
          void stop.run({ run_id: run.run_id });
        }}
      >
        The batch in flight is finished, then the run ends. {run.kind === 'rollback' ? `${people(run.counts.reverted)} already put back stay so; ${people(left)} are left.` : `${people(run.counts.applied)} already prepared stay prepared; ${people(left)} are left.`} A stopped run spends its approval: the rest needs a new one.
      </Confirm>
    </>
  );
}
