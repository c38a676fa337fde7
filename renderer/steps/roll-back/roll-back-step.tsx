import { Button } from '@mantine/core';
import { useEffect, useState } from 'react';
import type { OperatorProblem } from '../../../shared/contract/operator/reply.ts';
import type { RunItem } from '../../../shared/core/run-item.ts';
import { isEnded } from '../../../shared/core/run-state.ts';
import { CommandProblem, Heading, Workspace } from '../../components/layout.tsx';
import { Note } from '../../components/problem-notice.tsx';
import { problemOf, useOperator, useOperatorQuery } from '../../operator.ts';
import { usePlace } from '../../stores/place.ts';
import { useRefresh } from '../../stores/refresh.ts';
import { noRollback, useRollbacks, type Rollback, type Whom } from '../../stores/rollbacks.ts';
import { ItemPanel } from '../execute/item-panel.tsx';
import { RunProgress } from '../execute/run-progress.tsx';
import { ExportReport } from '../report/export-report.tsx';
import type { StepProps } from '../step-props.ts';
import { BeginRollback } from './begin-rollback.tsx';
import { ChoosePeople } from './choose-people.tsx';
import { Previewed } from './previewed.tsx';
import styles from './roll-back.module.css';

/** Roll back: whom, then the preview, then exactly that (A20). */
export function RollBackStep({ migration, session }: StepProps) {
  const key = `${session.environment.id} ${migration.id}`;
  const client = useOperator();
  const refresh = useRefresh((state) => state.refresh);
  const goTo = usePlace((state) => state.goTo);
  const toRollBack = usePlace((state) => state.toRollBack);
  const takeToRollBack = usePlace((state) => state.takeToRollBack);
  const rollback = useRollbacks((state) => state.byMigration[key]) ?? noRollback;
  const changeStored = useRollbacks((state) => state.change);
  const change = (next: Partial<Rollback>): void => changeStored(key, next);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<OperatorProblem | undefined>(undefined);
  const [item, setItem] = useState<RunItem | undefined>(undefined);
  const runs = useOperatorQuery('runs.list', { migration: migration.id, kind: 'rollback', limit: 20 });
  const active = runs.value?.items.find(({ run }) => !isEnded(run.state))?.run.run_id;
  const runId = rollback.runId ?? active;
  const hasEnded = runs.value?.items.some(({ run }) => run.run_id === runId && isEnded(run.state)) === true;
  const { shown } = rollback;

  useEffect(() => {
    if (toRollBack === null) return;
    changeStored(key, { picked: toRollBack, isForAll: false, shown: null, runId: null });
    takeToRollBack();
  }, [toRollBack, key, changeStored, takeToRollBack]);

  /** Runs a call to its end, and keeps why it failed. */
  const attempt = async (call: () => Promise<void>): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      await call();
    } catch (thrown) {
      setProblem(problemOf(thrown));
    } finally {
      setBusy(false);
      refresh();
    }
  };
  const previewAgain = async (whom: Whom, madeAgainBecause: string | null): Promise<void> => {
    const preview = await client.call('rollback.preview', { migration: migration.id, ...bodyOf(whom) });
    setItem(undefined);
    change({ shown: { whom, preview, madeAgainBecause, isApprovalAsked: false } });
  };
  const begin = async (): Promise<void> => {
    if (shown === null) return;
    try {
      const { run_id: begun } = await client.call('rollback.start', { migration: migration.id, ...bodyOf(shown.whom), rollback_hash: shown.preview.rollback_hash });
      change({ runId: begun, shown: null });
    } catch (thrown) {
      const found = problemOf(thrown);
      // What was shown is not what would happen any more: the person looks at it anew before anything is begun.
      if (found.code === 'rollback_changed') return previewAgain(shown.whom, found.detail);
      if (found.code === 'approval_required') change({ shown: { ...shown, isApprovalAsked: true } });
      throw thrown;
    }
  };
  const whom: Whom = rollback.isForAll ? { all: true } : { emails: rollback.picked };
  const startOver = (): void => {
    setItem(undefined);
    setProblem(undefined);
    change({ shown: null, runId: null });
  };
  return (
    <Workspace aside={item !== undefined && <ItemPanel item={item} onClose={() => setItem(undefined)} />}>
      <Heading title="Roll back" lead="Each customer goes back whole or not at all. Whoever has set a password, or was changed since, is kept and shown.">
        {(shown !== null || hasEnded) && runId !== active && <Button variant="default" onClick={startOver}>Choose other people</Button>}
      </Heading>
      {!migration.flag.enabled && <Note tone="blue" title="The feature flag is off">Rolling back works all the same, and so does approving it.</Note>}
      {runId !== undefined && shown === null ? (
        <>
          <RunProgress key={runId} runId={runId} onItem={setItem} />
          {hasEnded && <ExportReport runId={runId} isFirst onExported={() => goTo('reports')} />}
        </>
      ) : shown === null ? (
        <>
          <ChoosePeople migration={migration.id} picked={rollback.picked} isForAll={rollback.isForAll} onPicked={(picked) => change({ picked })} onForAll={(isForAll) => change({ isForAll })} />
          <CommandProblem problem={problem} />
          <div className={styles.row}>
            <Button size="sm" loading={busy} disabled={!rollback.isForAll && rollback.picked.length === 0} onClick={() => void attempt(() => previewAgain(whom, null))}>Preview the rollback</Button>
            <span>It changes nobody.</span>
          </div>
        </>
      ) : (
        <>
          <Previewed key={shown.preview.rollback_hash} migration={migration.id} shown={shown} onItem={setItem} />
          {problem?.code === 'run_in_progress' && <Note tone="amber" title="Another run is in progress" action={<Button variant="default" onClick={() => goTo('runs')}>See the runs</Button>}>Nothing was put back. Wait for it, or stop it, then begin again.</Note>}
          <BeginRollback key={`${shown.preview.rollback_hash} ${shown.madeAgainBecause ?? ''}`} migration={migration} session={session} shown={shown} busy={busy} problem={problem} onBegin={() => void attempt(begin)} onClear={() => setProblem(undefined)} />
        </>
      )}
    </Workspace>
  );
}

function bodyOf(whom: Whom): { all: true } | { emails: string[] } {
  return 'all' in whom ? { all: true } : { emails: [...whom.emails] };
}
