import { Button, PasswordInput } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useState } from 'react';
import type { Plan } from '../../../shared/contract/operator/plans.ts';
import { CommandProblem, Loaded } from '../../components/layout.tsx';
import { Note } from '../../components/problem-notice.tsx';
import { useOperatorCommand, useOperatorQuery } from '../../operator.ts';
import { useReviews } from '../../stores/review.ts';
import { usePlanReview } from '../plan-review.ts';
import { useChosenRow, type ChosenRow, type Proposal } from './chosen-row.ts';
import { TestCard } from './test-card.tsx';
import styles from './test-run.module.css';

interface TestChoiceProps {
  readonly plan: Plan;
  /** Practice knows its temporary password; elsewhere it is asked for. */
  readonly asksPassword: boolean;
  onStarted(runId: string, temporaryPassword: string | undefined): void;
}

/** The three rows before they are run: proposed, changeable, the name match acknowledged. */
export function TestChoice(props: TestChoiceProps) {
  const { plan } = props;
  const proposed = useOperatorQuery('testRuns.propose', { migration: plan.migration, plan_hash: plan.plan_hash });
  return <Loaded query={proposed}>{(value) => <Proposed {...props} proposals={value.items} />}</Loaded>;
}

const runLabels: Readonly<Record<number, string>> = { 1: 'Run the one', 2: 'Run the two', 3: 'Run the three' };

function Proposed({ plan, asksPassword, onStarted, proposals }: TestChoiceProps & { readonly proposals: readonly Proposal[] }) {
  const review = usePlanReview(plan);
  const pick = useReviews((state) => state.pick);
  const start = useOperatorCommand('testRuns.start');
  const [password, setPassword] = useState('');
  const { picks } = review.review;
  const byEmail = useChosenRow(plan, 'email_match', proposals, picks.email_match);
  const byName = useChosenRow(plan, 'name_match', proposals, picks.name_match);
  const created = useChosenRow(plan, 'new_profile', proposals, picks.new_profile);
  const chosen = [byEmail, byName, created].filter((row): row is ChosenRow => row !== undefined);
  if (chosen.length === 0) return <Note tone="blue" title="No test run is needed">This plan writes nobody.</Note>;

  const mustAcknowledge = byName !== undefined && review.answerOf(byName.row) !== 'acknowledged';
  const run = async (): Promise<void> => {
    const started = await start.run({
      migration: plan.migration,
      plan_hash: plan.plan_hash,
      emails: chosen.map(({ row }) => row.email),
      acknowledged: byName === undefined ? [] : [byName.row.email],
    });
    if (started !== undefined) onStarted(started.run_id, password === '' ? undefined : password);
  };
  return (
    <>
      <div className={styles.cards}>
        {chosen.map(({ kind, row, others }) => (
          <TestCard
            key={kind}
            plan={plan}
            kind={kind}
            row={row}
            others={others}
            answer={review.answerOf(row)}
            onChoose={(email) => email !== picks[kind] && pick(plan.plan_hash, kind, email)}
            onAnswer={(given) => review.answer(row, given)}
          />
        ))}
      </div>
      <CommandProblem problem={start.problem} />
      <div className={styles.row}>
        {asksPassword && (
          <PasswordInput label="Temporary password" description="Used for these sign-ins only; it is never stored" value={password} onChange={(event) => setPassword(event.currentTarget.value)} w={260} autoComplete="off" />
        )}
        <Button size="sm" leftSection={<IconPlayerPlay size={15} aria-hidden />} loading={start.busy} disabled={mustAcknowledge || (asksPassword && password === '')} onClick={() => void run()}>
          {runLabels[chosen.length] ?? 'Run them'}
        </Button>
        <span className={styles.hint}>
          {mustAcknowledge ? 'Acknowledge the name match first, or choose another row.' : 'They are written as shown, then Drydock signs in as each of them, as the customer would, and puts everything back.'}
        </span>
      </div>
    </>
  );
}
