import { Button, Textarea, TextInput } from '@mantine/core';
import { IconCheck, IconX } from '@tabler/icons-react';
import { useState } from 'react';
import type { AdminSession } from '../../../shared/contract/admin/session.ts';
import { Confirm } from '../../components/confirm.tsx';
import { people } from '../../components/format.ts';
import { Card, CommandProblem } from '../../components/layout.tsx';
import { useOperatorCommand } from '../../operator.ts';
import styles from './approve.module.css';

interface DecideProps {
  readonly migration: string;
  /** The plan's hash, or that of a previewed rollback. */
  readonly hash: string;
  readonly of: 'plan' | 'rollback';
  readonly peopleCount: number;
  readonly session: AdminSession;
  readonly tag: string | undefined;
  readonly isOwn: boolean;
}

/** Deciding about a plan or a rollback: oneself where the token may, or on practice as the practice approver. */
export function DecideApproval({ migration, hash, of, peopleCount, session, tag, isOwn }: DecideProps) {
  const decide = useOperatorCommand('approvals.decide');
  const [comment, setComment] = useState('');
  const [typed, setTyped] = useState('');
  const [isRejecting, setRejecting] = useState(false);
  const isPractice = session.environment.kind === 'practice';
  const mayApprove = session.scopes.includes('migration:approve') && (!isOwn || session.policy.requester_may_approve);
  const needsTag = session.policy.typed_confirmation;
  const isTyped = !needsTag || (tag === undefined ? typed.trim() !== '' : typed === tag);
  const give = (decision: 'approve' | 'reject'): Promise<unknown> =>
    decide.run({ migration, plan_hash: hash, decision, comment, ...(isPractice ? { as_practice_approver: true } : {}) });

  if (!mayApprove && !isPractice) {
    return (
      <Card label="Ask for approval">
        <h2>Ask for approval</h2>
        <p className={styles.hint}>You cannot approve this {of} yourself. Send its hash to an approver, who {of === 'plan' ? 'pastes it at Approve in their own Drydock, or decides' : 'decides'} with:</p>
        <code className={styles.command}>drydock approve {hash}</code>
      </Card>
    );
  }
  return (
    <Card label="Decide">
      <h2>{isPractice ? 'Decide as the practice approver' : 'Decide'}</h2>
      <div className={styles.stack}>
        {isPractice && <p className={styles.hint}>In practice you may play the second person. Elsewhere somebody else does this, in their own Drydock.</p>}
        <Textarea label="Comment (stands in the report)" value={comment} maxLength={2000} autosize minRows={1} maxRows={4} onChange={(event) => setComment(event.currentTarget.value)} />
        {needsTag && <TextInput label="Type the cohort tag to approve" {...(tag === undefined ? {} : { description: tag })} value={typed} onChange={(event) => setTyped(event.currentTarget.value)} autoComplete="off" spellCheck={false} />}
        <CommandProblem problem={decide.problem} />
        <div className={styles.row}>
          <Button leftSection={<IconCheck size={15} aria-hidden />} loading={decide.busy} disabled={!isTyped} onClick={() => void give('approve')}>{isPractice ? 'Approve as the practice approver' : `Approve this ${of}`}</Button>
          <Button variant="default" leftSection={<IconX size={15} aria-hidden />} disabled={decide.busy} onClick={() => setRejecting(true)}>Reject…</Button>
        </div>
      </div>
      <Confirm
        opened={isRejecting}
        title={`Reject this ${of}?`}
        confirmLabel={`Reject the ${of}`}
        danger
        busy={decide.busy}
        onClose={() => setRejecting(false)}
        onConfirm={() => {
          setRejecting(false);
          void give('reject');
        }}
      >
        {of === 'plan' ? `A rejected plan can never be executed: a new one has to be made for the ${people(peopleCount)} it would write.` : `A rejected rollback can never be begun: another choice of people has to be previewed in place of these ${people(peopleCount)}.`}
      </Confirm>
    </Card>
  );
}
