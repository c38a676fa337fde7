import { Button, PasswordInput } from '@mantine/core';
import { IconArrowBackUp, IconArrowRight } from '@tabler/icons-react';
import { useState } from 'react';
import type { Plan } from '../../../shared/contract/operator/plans.ts';
import type { ValidationStatus } from '../../../shared/contract/operator/test-runs.ts';
import { CommandProblem, Heading, Workspace } from '../../components/layout.tsx';
import { Note } from '../../components/problem-notice.tsx';
import { When } from '../../components/text.tsx';
import { useOperatorCommand, useOperatorQuery } from '../../operator.ts';
import type { StepProps } from '../step-props.ts';
import { usePlace } from '../../stores/place.ts';
import { Checklist } from './checklist.tsx';
import { TestChoice } from './test-choice.tsx';
import styles from './test-run.module.css';

const STATUS_POLL_MS = 700;

/** Test run: three customers, one of each kind, really signed in and put back. */
export function TestRunStep({ way, migration, session }: StepProps) {
  const validate = useOperatorCommand('testRuns.validate');
  const [startedId, setStartedId] = useState<string | null>(null);
  const [choosesAgain, setChoosesAgain] = useState(false);
  const { plan } = way;
  const asksPassword = session.environment.kind !== 'practice';
  if (plan === null) return null;

  const runId = startedId ?? way.test_run_id;
  const validateRun = async (id: string, password: string | undefined): Promise<void> => {
    setStartedId(id);
    setChoosesAgain(false);
    await validate.run({ migration: migration.id, run_id: id, ...(password === undefined ? {} : { temporary_password: password }) });
  };
  const lead = 'Three real rows are written, signed in as the customer would, held at the reset, given a password, and put back. Execution opens when all of it was seen by the server.';
  return (
    <Workspace>
      <Heading title="Test run" lead={lead}>
        {runId !== null && !choosesAgain && !validate.busy && <Button variant="default" onClick={() => setChoosesAgain(true)}>Choose other rows</Button>}
        {choosesAgain && <Button variant="default" onClick={() => setChoosesAgain(false)}>Back to the checklist</Button>}
      </Heading>
      <CommandProblem problem={validate.problem} />
      {runId === null || choosesAgain ? (
        <TestChoice plan={plan} asksPassword={asksPassword} onStarted={(id, password) => void validateRun(id, password)} />
      ) : (
        <Watched key={runId} plan={plan} runId={runId} known={way.test_run_id === runId ? way.test_run : null} isValidating={validate.busy} asksPassword={asksPassword} onValidate={(password) => void validateRun(runId, password)} />
      )}
    </Workspace>
  );
}

interface WatchedProps {
  readonly plan: Plan;
  readonly runId: string;
  readonly known: ValidationStatus | null;
  readonly isValidating: boolean;
  readonly asksPassword: boolean;
  onValidate(password: string | undefined): void;
}

function Watched({ plan, runId, known, isValidating, asksPassword, onValidate }: WatchedProps) {
  const polled = useOperatorQuery('testRuns.getStatus', { migration: plan.migration, run_id: runId }, isValidating || known?.running !== false ? { pollMs: STATUS_POLL_MS } : {});
  const rearm = useOperatorCommand('testRuns.rearm');
  const openStep = usePlace((state) => state.openStep);
  const [password, setPassword] = useState('');
  const status = polled.value ?? known;
  if (status === null) return <CommandProblem problem={polled.problem} onRetry={polled.reload} />;
  const isRunning = isValidating || status.running;
  const { observed } = status;
  return (
    <>
      <CommandProblem problem={polled.problem ?? rearm.problem} />
      <Verdict status={status} isRunning={isRunning} />
      <Checklist status={status} isRunning={isRunning} />
      <div className={styles.row}>
        {observed.passed && observed.restored && <Button size="sm" rightSection={<IconArrowRight size={15} aria-hidden />} onClick={() => openStep('approval')}>Go to approval</Button>}
        {!observed.passed && !isRunning && (
          <>
            {asksPassword && <PasswordInput label="Temporary password" value={password} onChange={(event) => setPassword(event.currentTarget.value)} w={260} autoComplete="off" />}
            <Button size="sm" disabled={asksPassword && password === ''} onClick={() => onValidate(password === '' ? undefined : password)}>Validate now</Button>
          </>
        )}
        {!observed.restored && !isRunning && (
          <Button size="sm" variant={observed.passed ? 'filled' : 'default'} leftSection={<IconArrowBackUp size={15} aria-hidden />} loading={rearm.busy} onClick={() => void rearm.run({ migration: plan.migration, run_id: runId })}>Put them back</Button>
        )}
      </div>
    </>
  );
}

function Verdict({ status, isRunning }: { readonly status: ValidationStatus; readonly isRunning: boolean }) {
  const { observed } = status;
  if (isRunning) return <Note tone="blue" title="Validation is under way">Drydock signs in as each test customer over the network. What counts is what the server sees.</Note>;
  if (observed.passed && observed.restored) {
    return <Note tone="green" title="Passed, and the test customers are as before">{observed.valid_until === null ? 'Their own passwords and sessions are untouched.' : <>The pass holds until <When at={observed.valid_until} />. Their own passwords and sessions are untouched.</>}</Note>;
  }
  if (observed.passed) return <Note tone="amber" title="Passed; the test customers are not put back yet">Put them back: execution stays closed until then.</Note>;
  if (status.steps.some((step) => step.step === 'failed')) return <Note tone="red" title="Validation failed">Nothing else is written. See which step failed below, find out why, then validate again or put them back.</Note>;
  return <Note tone="amber" title="Not validated yet">The test rows are written. Validate them, or put them back.</Note>;
}
