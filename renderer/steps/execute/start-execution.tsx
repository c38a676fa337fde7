import { Button, NumberInput, SegmentedControl } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import type { AdminSession } from '../../../shared/contract/admin/session.ts';
import type { Migration } from '../../../shared/contract/admin/migrations.ts';
import type { Plan } from '../../../shared/contract/operator/plans.ts';
import { isNameOnlyWrite } from '../../../shared/core/plan-row.ts';
import { Confirm } from '../../components/confirm.tsx';
import { counted, people } from '../../components/format.ts';
import { Card } from '../../components/layout.tsx';
import { Note } from '../../components/problem-notice.tsx';
import { useOperatorCommand } from '../../operator.ts';
import { usePlace } from '../../stores/place.ts';
import { cohortTag } from '../cohort-tag.ts';
import { writtenCount } from '../dry-run/plan-words.ts';
import { usePlanReview } from '../plan-review.ts';
import styles from './execute.module.css';
import { stageChoices, stagePercent, stageSentence, type StageChoice } from './stage.ts';

const DEFAULT_ROWS_PER_SECOND = 20;
const DEFAULT_FAILURE_PERCENT = 5;

interface StartExecutionProps {
  readonly plan: Plan;
  readonly migration: Migration;
  readonly session: AdminSession;
  readonly isFirst: boolean;
  onStarted(runId: string): void;
}

/** How much, how fast, and when it is to halt by itself; asked once more with the number of people. */
export function StartExecution({ plan, migration, session, isFirst, onStarted }: StartExecutionProps) {
  const review = usePlanReview(plan);
  const openNameReview = usePlace((state) => state.openNameReview);
  const execute = useOperatorCommand('runs.execute');
  const [choice, setChoice] = useState<StageChoice>('100');
  const [own, setOwn] = useState<number | string>(10);
  const [rate, setRate] = useState<number | string>(DEFAULT_ROWS_PER_SECOND);
  const [failurePercent, setFailurePercent] = useState<number | string>(DEFAULT_FAILURE_PERCENT);
  const [isAsking, setAsking] = useState(false);
  const percent = stagePercent(choice, own);
  const needsTag = session.policy.typed_confirmation;
  const toAcknowledge = review.undecided.length;
  const written = writtenCount(plan.summary);

  const start = async (typed: string): Promise<void> => {
    if (percent === undefined) return;
    const acknowledged = (review.nameOnlyRows ?? []).filter((row) => isNameOnlyWrite(row) && review.answerOf(row) === 'acknowledged').map((row) => row.email);
    const started = await execute.run({
      migration: plan.migration,
      plan_hash: plan.plan_hash,
      ...(percent === 100 ? {} : { stage_percent: percent }),
      ...(typeof rate === 'number' && rate > 0 ? { rows_per_second: rate } : {}),
      ...(typeof failurePercent === 'number' ? { failure_threshold: failurePercent / 100 } : {}),
      ...(acknowledged.length === 0 ? {} : { acknowledged }),
      ...(needsTag ? { confirm_tag: typed } : {}),
    });
    if (started === undefined) return;
    setAsking(false);
    onStarted(started.run_id);
  };
  return (
    <Card label="Start the execution">
      <div className={styles.form}>
        <div className={styles.fields}>
          <div className={styles.field}>
            <span className={styles.label} id="stage-label">Stage</span>
            <SegmentedControl
              aria-labelledby="stage-label"
              value={choice}
              onChange={(value) => setChoice(stageChoices.find((candidate) => candidate === value) ?? '100')}
              data={[{ value: '5', label: '5 %' }, { value: '25', label: '25 %' }, { value: '100', label: '100 %' }, { value: 'own', label: 'Own' }]}
            />
          </div>
          {choice === 'own' && <NumberInput label="Own stage, percent" value={own} onChange={setOwn} min={0.1} max={100} w={130} suffix=" %" />}
          <NumberInput label="Rows a second, at most" value={rate} onChange={setRate} min={0.1} max={100_000} thousandSeparator="," w={190} />
          <NumberInput label="Halt when more than … fail" value={failurePercent} onChange={setFailurePercent} min={0} max={100} w={210} suffix=" %" />
        </div>
        {percent !== undefined && <p className={styles.hint}>{stageSentence(plan, percent)}</p>}
        {toAcknowledge > 0 && (
          <Note tone="amber" title={`${counted(toAcknowledge, 'name-only row')} to acknowledge first`} action={<Button variant="default" onClick={openNameReview}>Review them</Button>}>
            A row found by name alone is never written without an acknowledgement. They are in the name-only review of the dry run.
          </Note>
        )}
        <div className={styles.controls}>
          <Button size="sm" leftSection={<IconPlayerPlay size={15} aria-hidden />} disabled={percent === undefined || toAcknowledge > 0 || review.nameOnlyRows === undefined} onClick={() => setAsking(true)}>{isFirst ? 'Execute…' : 'Execute the rest…'}</Button>
          <span className={styles.hint}>It can be paused and stopped at any time, and goes on when this window is closed.</span>
        </div>
      </div>
      <Confirm
        opened={isAsking}
        title={percent === 100 ? `Prepare ${people(written)}?` : `Prepare up to ${people(Math.min(written, Math.ceil((plan.summary.rows * (percent ?? 0)) / 100)))}?`}
        confirmLabel="Execute now"
        busy={execute.busy}
        problem={execute.problem}
        {...(needsTag ? { typed: { label: `Type the cohort tag${cohortTag(migration) === undefined ? '' : ` ${cohortTag(migration)}`} to go on`, text: cohortTag(migration) } } : {})}
        onClose={() => {
          setAsking(false);
          execute.clear();
        }}
        onConfirm={(typed) => void start(typed)}
      >
        In <strong>{session.environment.name}</strong> ({session.environment.kind}), as planned in {plan.plan_hash.slice(0, 12)}. They can sign in with the temporary password at once and must then set their own.
      </Confirm>
    </Card>
  );
}
