import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import type { Plan } from '../../../shared/contract/operator/plans.ts';
import { CommandProblem, Heading, Waiting, Workspace } from '../../components/layout.tsx';
import { Note } from '../../components/problem-notice.tsx';
import { useOperatorQuery } from '../../operator.ts';
import type { StepProps } from '../step-props.ts';
import { PlanToApprove } from './plan-to-approve.tsx';

const PLAN_HASH = /^[0-9a-f]{64}$/;

type AnotherProps = Pick<StepProps, 'migration' | 'session'>;

/** For an approver: the plan that somebody else made in their own Drydock, found by the hash they sent. */
export function ApproveAnother({ migration, session }: AnotherProps) {
  const [typed, setTyped] = useState('');
  const hash = typed.trim().toLowerCase();
  const isHash = PLAN_HASH.test(hash);
  const found = useOperatorQuery('plans.get', isHash ? { migration: migration.id, plan_hash: hash } : null);
  return (
    <Workspace>
      <Heading title="Approve" lead="Somebody asked you to consent to their plan. Paste the plan hash they sent; you see exactly what the server has under it." />
      <TextInput
        label="Plan hash"
        description="64 digits, as their Drydock copies it"
        value={typed}
        error={hash === '' || isHash ? null : 'A plan hash is 64 digits from 0 to 9 and a to f'}
        onChange={(event) => setTyped(event.currentTarget.value)}
        maw={620}
        autoComplete="off"
        spellCheck={false}
        rightSectionWidth={72}
        rightSection={typed === '' ? null : <Button size="compact-xs" variant="default" onClick={() => setTyped('')}>Clear</Button>}
      />
      {isHash && <CommandProblem problem={found.problem} />}
      {isHash && found.value === undefined && found.problem === undefined && <Waiting label="Fetching the plan" />}
      {found.value !== undefined && <FoundPlan key={found.value.plan_hash} plan={found.value} migration={migration} session={session} />}
    </Workspace>
  );
}

function FoundPlan({ plan, migration, session }: AnotherProps & { readonly plan: Plan }) {
  const approvals = useOperatorQuery('approvals.list', { migration: migration.id, plan_hash: plan.plan_hash });
  const dryRun = useOperatorQuery('runs.get', plan.run_id === '' ? null : { run_id: plan.run_id });
  const given = approvals.value?.items ?? [];
  const isMine = given.some((approval) => approval.sub === session.sub && approval.state === 'valid');
  const isRejected = given.some((approval) => approval.decision === 'reject');
  return (
    <>
      <CommandProblem problem={approvals.problem} />
      {isRejected ? <Note tone="red" title="Rejected">This plan takes no more decisions.</Note> : isMine && <Note tone="green" title="Approved">You have approved this plan. Whoever asked can go on.</Note>}
      <PlanToApprove
        plan={plan}
        migration={migration}
        session={session}
        askedBy={dryRun.value?.run.requested_by ?? 'not known here'}
        isOwn={false}
        canDecide={approvals.value !== undefined && !isMine && !isRejected}
        approvals={given}
        required={session.policy.approvals_required}
      />
    </>
  );
}
