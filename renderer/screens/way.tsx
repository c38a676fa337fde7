import { Button } from '@mantine/core';
import { IconLock, IconPlugConnectedX, IconShip } from '@tabler/icons-react';
import { Activity } from 'react';
import type { AdminSession } from '../../shared/contract/admin/session.ts';
import type { Migration } from '../../shared/contract/admin/migrations.ts';
import { assertNever } from '../../shared/core/assert-never.ts';
import { CommandProblem, Empty, Heading, Waiting, Workspace } from '../components/layout.tsx';
import { ProblemNotice } from '../components/problem-notice.tsx';
import { connectionSentence } from '../frame/foot.tsx';
import { useSession } from '../frame/session.tsx';
import { Stepper } from '../frame/stepper.tsx';
import { useOperatorCommand, useOperatorQuery } from '../operator.ts';
import { ApproveAnother } from '../steps/approve/approve-another.tsx';
import { ApproveStep } from '../steps/approve/approve-step.tsx';
import { CheckStep } from '../steps/check/check-step.tsx';
import { DryRunStep } from '../steps/dry-run/dry-run-step.tsx';
import { usePlanRowsAhead } from '../steps/dry-run/plan-window.ts';
import { ExecuteStep } from '../steps/execute/execute-step.tsx';
import { FollowUpStep } from '../steps/follow-up/follow-up-step.tsx';
import { LoadStep } from '../steps/load/load-step.tsx';
import { ReportStep } from '../steps/report/report-step.tsx';
import { RollBackStep } from '../steps/roll-back/roll-back-step.tsx';
import type { StepProps } from '../steps/step-props.ts';
import { currentStep, stepsOf, type Step } from '../steps/steps.ts';
import { TestRunStep } from '../steps/test-run/test-run-step.tsx';
import { VerifyStep } from '../steps/verify/verify-step.tsx';
import { isVerificationOf } from '../steps/verify/verification-run.ts';
import { usePlace } from '../stores/place.ts';
import { usePreferences } from '../stores/preferences.ts';
import { TourStop } from '../tour/tour-strip.tsx';

const WAY_POLL_MS = 4000;

/** The way through one migration: the stepper, and the step that is looked at. */
export function WayScreen() {
  const { migration, connection, migrations, migrationsProblem, reload } = useSession();
  if (connection === undefined) return <Workspace><Waiting label="Connecting" /></Workspace>;
  if (connection.state !== 'connected') return <NotConnected />;
  if (migrationsProblem !== undefined) return <Workspace><ProblemNotice problem={migrationsProblem} onRetry={reload} /></Workspace>;
  if (migration === undefined) return <NoMigration isLoading={migrations.length === 0} />;
  return <OpenWay key={`${connection.session.environment.id} ${migration.id}`} migration={migration} session={connection.session} />;
}

function OpenWay({ migration, session }: { readonly migration: Migration; readonly session: AdminSession }) {
  const way = useOperatorQuery('way.get', { migration: migration.id }, { pollMs: WAY_POLL_MS });
  const runs = useOperatorQuery('runs.list', { migration: migration.id });
  usePlanRowsAhead(way.value?.plan ?? null);
  // What is kept out of sight hears of no change by itself: without this it would come back unmasked for a moment.
  usePreferences((state) => state.isMasked);
  const executions = (runs.value?.items ?? []).filter(({ run }) => run.kind === 'execution');
  const earlier = executions.find(({ run }) => run.requested_by === session.sub)?.run.run_id;
  const wanted = usePlace((state) => state.step);
  const openStep = usePlace((state) => state.openStep);
  if (way.value === undefined) {
    return <Workspace>{way.problem === undefined ? <Waiting label="Opening the migration" /> : <ProblemNotice problem={way.problem} onRetry={way.reload} />}</Workspace>;
  }
  const executedRunId = way.value.execution?.run.run_id ?? earlier;
  const anyExecutionId = executedRunId ?? executions[0]?.run.run_id;
  const isVerified = (runs.value?.items ?? []).some(({ run }) => isVerificationOf(run, anyExecutionId));
  const steps = stepsOf(way.value, { byMe: earlier !== undefined, byAnybody: anyExecutionId !== undefined, isVerified });
  const shown = wanted ?? currentStep(steps, session.scopes);
  const step = steps.find((candidate) => candidate.name === shown);
  return (
    <>
      <TourStop step={step} />
      <Stepper steps={steps} shown={shown} onStep={openStep} />
      {way.problem !== undefined && <ProblemNotice problem={way.problem} onRetry={way.reload} />}
      {way.value.plan !== null && (
        // Drawn out of sight as soon as there is a plan, and kept with its filter and its row while other steps are looked at.
        <Activity mode={shown === 'dry_run' ? 'visible' : 'hidden'}>
          <DryRunStep key={way.value.plan.plan_hash} way={way.value} migration={migration} session={session} executedRunId={executedRunId} anyExecutionId={anyExecutionId} />
        </Activity>
      )}
      {step?.name === 'dry_run' && way.value.plan !== null ? null : step?.name === 'approval' && way.value.plan === null && session.scopes.includes('migration:approve') ? (
        <ApproveAnother migration={migration} session={session} />
      ) : step === undefined || step.state === 'closed' ? (
        <ClosedStep step={step} open={currentStep(steps)} steps={steps} />
      ) : (
        <ShownStep step={step} way={way.value} migration={migration} session={session} executedRunId={executedRunId} anyExecutionId={anyExecutionId} />
      )}
    </>
  );
}

function ShownStep({ step, ...props }: StepProps & { readonly step: Step }) {
  switch (step.name) {
    case 'load':
      return <LoadStep {...props} />;
    case 'check':
      return <CheckStep {...props} />;
    case 'dry_run':
      return <DryRunStep {...props} />;
    case 'test_run':
      return <TestRunStep key={props.way.plan?.plan_hash} {...props} />;
    case 'approval':
      return <ApproveStep key={props.way.plan?.plan_hash} {...props} />;
    case 'execution':
      return <ExecuteStep key={props.way.plan?.plan_hash} {...props} />;
    case 'verification':
      return <VerifyStep {...props} />;
    case 'report':
      return <ReportStep {...props} />;
    case 'follow_up':
      return <FollowUpStep {...props} />;
    case 'roll_back':
      return <RollBackStep {...props} />;
    default:
      return assertNever(step.name);
  }
}

function ClosedStep({ step, open, steps }: { readonly step: Step | undefined; readonly open: Step['name']; readonly steps: readonly Step[] }) {
  const openStep = usePlace((state) => state.openStep);
  const next = steps.find((candidate) => candidate.name === open);
  return (
    <Workspace>
      <Heading title={step?.title ?? 'Step'} />
      <Empty
        icon={<IconLock size={28} aria-hidden />}
        title="Not open yet"
        action={next !== undefined && <Button onClick={() => openStep(next.name)}>Go to {next.title}</Button>}
      >
        {step?.detail ?? ''}
      </Empty>
    </Workspace>
  );
}

function NoMigration({ isLoading }: { readonly isLoading: boolean }) {
  const goTo = usePlace((state) => state.goTo);
  if (isLoading) return <Workspace><Waiting label="Asking for the migrations" /></Workspace>;
  return (
    <Workspace>
      <Empty icon={<IconShip size={28} aria-hidden />} title="Choose a migration" action={<Button onClick={() => goTo('migrations')}>See the migrations</Button>}>
        This environment has several. Choose the one to work on.
      </Empty>
    </Workspace>
  );
}

function NotConnected() {
  const { environment, connection, reload } = useSession();
  const goTo = usePlace((state) => state.goTo);
  const startPractice = useOperatorCommand('practice.start');
  const isOffline = connection?.state === 'unreachable';
  const detail = connection !== undefined && 'detail' in connection ? connection.detail : 'What was done before is in Runs, Reports and the journal.';
  return (
    <Workspace>
      <Heading title={environment?.name ?? 'Environment'} />
      <CommandProblem problem={startPractice.problem} />
      <Empty
        icon={<IconPlugConnectedX size={28} aria-hidden />}
        title={connection === undefined ? 'Not connected' : connectionSentence(connection)}
        action={
          environment?.kind === 'practice' ? (
            <Button loading={startPractice.busy} onClick={() => void startPractice.run({})}>Start the practice server</Button>
          ) : (
            <Button.Group>
              <Button variant="default" onClick={reload}>Try again</Button>
              {isOffline && <Button variant="default" onClick={() => goTo('runs')}>See the runs</Button>}
              <Button onClick={() => goTo('settings')}>Open Settings</Button>
            </Button.Group>
          )
        }
      >
        {detail}{isOffline && ' A run that was started goes on at the server; Runs shows it as it was last seen.'}
      </Empty>
    </Workspace>
  );
}
