import type { ApprovalPolicy } from '../../shared/contract/admin/session.ts';
import { Card, CommandProblem } from '../components/layout.tsx';
import { counted, formatDecimal, people } from '../components/format.ts';
import { Tag } from '../components/tag.tsx';
import { Shown } from '../components/text.tsx';
import { useSession } from '../frame/session.tsx';
import styles from './screens.module.css';

/** What an environment asks before anything is written there, a sentence a rule. */
export function policySentences(policy: ApprovalPolicy): readonly string[] {
  const { approvals_required: approvals, requester_may_approve: isOwnCounted, approve_before_test_run: isBeforeTest, approval_valid_hours: hours, plan_stale_share: staleShare, rollback_approval_above: rollbackAbove, typed_confirmation: isTyped } = policy;
  return [
    approvals === 0 ? 'A plan may be executed without an approval.' : `A plan needs ${counted(approvals, 'approval')} before it is executed, ${isOwnCounted ? 'and who asks for it may approve it too' : 'and not from who asks for it'}.`,
    ...(approvals === 0 ? [] : [`An approval is valid for ${counted(hours, 'hour')}.`, isBeforeTest ? 'The test run waits for the approval too.' : 'The test run does not wait for an approval.']),
    `A plan is stale, and has to be made again, when more than ${percent(staleShare)} of its rows have changed since.`,
    rollbackAbove === null ? 'A rollback never needs an approval.' : `A rollback of more than ${people(rollbackAbove)} needs an approval.`,
    isTyped ? 'The cohort tag is typed before an execution.' : 'Nothing has to be typed before an execution.',
  ];
}

function percent(share: number): string {
  return `${formatDecimal(share * 100)} %`;
}

/** Who one is in the environment in use, what it asks before it lets anything be written, and which migrations are switched on. Read from the server; changed only there. */
export function PolicyCard() {
  const { connection, migrations, migrationsProblem } = useSession();
  if (connection?.state !== 'connected') return null;
  const { environment, policy } = connection.session;
  return (
    <Card label="Policy">
      <h2>What {environment.name} asks for</h2>
      <p className={styles.hint}>The server says so; it is changed there, not here.</p>
      <ul className={styles.sentences}>
        {policySentences(policy).map((sentence) => <li key={sentence}>{sentence}</li>)}
      </ul>
      <h3>Feature flags</h3>
      <CommandProblem problem={migrationsProblem} />
      {migrations.length === 0 && migrationsProblem === undefined && <p className={styles.hint}>The server lists no migration.</p>}
      <ul className={styles.sentences}>
        {migrations.map(({ id, title, flag }) => <li key={id}><Tag tone={flag.enabled ? 'green' : 'amber'}>{flag.enabled ? 'on' : 'off'}</Tag> <Shown text={title} /> (<code>{flag.name}</code>): {flag.enabled ? 'it can be run.' : 'nothing is written until whoever runs the server switches it on.'}</li>)}
      </ul>
    </Card>
  );
}
