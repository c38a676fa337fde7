import { Button } from '@mantine/core';
import { useState } from 'react';
import type { OperatorProblem } from '../../../shared/contract/operator/reply.ts';
import { Confirm } from '../../components/confirm.tsx';
import { people } from '../../components/format.ts';
import { CommandProblem } from '../../components/layout.tsx';
import { Note } from '../../components/problem-notice.tsx';
import { useOperatorQuery } from '../../operator.ts';
import type { ShownPreview } from '../../stores/rollbacks.ts';
import { DecideApproval } from '../approve/decide-approval.tsx';
import { Given } from '../approve/plan-to-approve.tsx';
import { cohortTag } from '../cohort-tag.ts';
import type { StepProps } from '../step-props.ts';
import styles from './roll-back.module.css';

const APPROVALS_POLL_MS = 3000;

interface BeginRollbackProps extends Pick<StepProps, 'migration' | 'session'> {
  readonly shown: ShownPreview;
  readonly busy: boolean;
  readonly problem: OperatorProblem | undefined;
  onBegin(): void;
  onClear(): void;
}

/** The approval of exactly this rollback, where policy asks for one, and the question that names the number of people. */
export function BeginRollback({ migration, session, shown, busy, problem, onBegin, onClear }: BeginRollbackProps) {
  const [isAsking, setAsking] = useState(false);
  const { rollback_hash: hash, counts, approval_needed: isPolicy } = shown.preview;
  const isNeeded = isPolicy || shown.isApprovalAsked;
  const approvals = useOperatorQuery('approvals.list', isNeeded ? { migration: migration.id, plan_hash: hash } : null, { pollMs: APPROVALS_POLL_MS });
  const given = approvals.value?.items ?? [];
  const required = Math.max(1, session.policy.approvals_required);
  const valid = new Set(given.filter(({ decision, state }) => decision === 'approve' && state === 'valid').map(({ sub }) => sub));
  const isRejected = given.some(({ decision }) => decision === 'reject');
  const hasExpired = valid.size < required && given.some(({ state }) => state === 'expired');
  const isApproved = !isNeeded || (!isRejected && valid.size >= required);
  const tag = cohortTag(migration);
  if (counts.reverted === 0) return null;
  return (
    <>
      {isNeeded && (
        <div className={styles.stack}>
          {isRejected ? (
            <Note tone="red" title="Rejected">This rollback takes no more decisions and cannot begin. Choose other people: that has another hash.</Note>
          ) : isApproved ? (
            <Note tone="green" title="Approved">This rollback is approved, and can begin.</Note>
          ) : (
            <Note tone="amber" title={hasExpired ? 'The approval has expired' : 'This rollback needs an approval'}>{hasExpired ? 'It has to be given again before anybody is put back.' : `${people(counts.reverted)} would be put back. Exactly this hash must be approved first.`}</Note>
          )}
          <CommandProblem problem={approvals.problem} />
          {!isRejected && !isApproved && approvals.value !== undefined && <DecideApproval migration={migration.id} hash={hash} of="rollback" peopleCount={counts.reverted} session={session} tag={tag} isOwn />}
          <Given approvals={given} required={required} />
        </div>
      )}
      <div className={styles.row}>
        <Button color="red.8" disabled={!isApproved} onClick={() => setAsking(true)}>Roll back {people(counts.reverted)}…</Button>
      </div>
      <Confirm
        opened={isAsking}
        title={`Put ${people(counts.reverted)} back?`}
        confirmLabel="Roll back now"
        danger
        busy={busy}
        problem={problem}
        {...(session.policy.typed_confirmation ? { typed: { label: `Type the cohort tag${tag === undefined ? '' : ` ${tag}`} to go on`, text: tag } } : {})}
        onClose={() => {
          setAsking(false);
          onClear();
        }}
        onConfirm={onBegin}
      >
        In <strong>{session.environment.name}</strong> ({session.environment.kind}), to before the migration. {counts.kept_changed_since > 0 && `${people(counts.kept_changed_since)} are kept as they are. `}The temporary password opens nothing for those put back, and the approval of the plan is spent.
      </Confirm>
    </>
  );
}
