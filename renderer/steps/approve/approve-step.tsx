import { Button } from '@mantine/core';
import { IconArrowRight } from '@tabler/icons-react';
import { Heading, Workspace } from '../../components/layout.tsx';
import { Note } from '../../components/problem-notice.tsx';
import type { StepProps } from '../step-props.ts';
import { usePlace } from '../../stores/place.ts';
import { PlanToApprove } from './plan-to-approve.tsx';

/** Approve: the plan on one page, and consent to exactly this hash. */
export function ApproveStep({ way, migration, session }: StepProps) {
  const openStep = usePlace((state) => state.openStep);
  const { plan } = way;
  if (plan === null) return null;
  const gate = way.gates.find((candidate) => candidate.name === 'approval');
  const isPassed = gate?.state === 'passed' || gate?.state === 'not_needed';
  return (
    <Workspace>
      <Heading title="Approve" lead="Consent to exactly this plan and to nothing else: another file, decision or setting has another hash.">
        {isPassed && <Button rightSection={<IconArrowRight size={15} aria-hidden />} onClick={() => openStep('execution')}>Go to execution</Button>}
      </Heading>
      {gate !== undefined && <Note tone={isPassed ? 'green' : gate.state === 'closed' ? 'red' : 'blue'} title={isPassed ? 'Approved' : 'Approval'}>{gate.detail}</Note>}
      <PlanToApprove plan={plan} migration={migration} session={session} askedBy={session.sub} isOwn canDecide={!isPassed && gate?.state === 'open'} approvals={way.approvals} required={way.approvals_required} />
    </Workspace>
  );
}
