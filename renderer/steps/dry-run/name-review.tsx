import { Button } from '@mantine/core';
import { IconArrowRight, IconCheck, IconUserPlus, IconX } from '@tabler/icons-react';
import type { ShownPlanRow } from '../../../shared/contract/operator/plans.ts';
import type { FactValue } from '../../../shared/core/facts.ts';
import { factText } from '../../components/fact-text.ts';
import { Empty, Facts, Waiting } from '../../components/layout.tsx';
import { Note } from '../../components/problem-notice.tsx';
import { Tag } from '../../components/tag.tsx';
import { Email, Personal, Shown } from '../../components/text.tsx';
import { usePreferences } from '../../stores/preferences.ts';
import type { Answer } from '../../stores/review.ts';
import type { PlanReview } from '../plan-review.ts';
import styles from './dry-run.module.css';

/** Rows found by name alone, both people side by side, each to be acknowledged, declined or skipped. */
export function NameReview({ review }: { readonly review: PlanReview }) {
  if (review.nameOnlyRows === undefined) return <Waiting label="Fetching the rows to review" />;
  if (review.nameOnlyRows.length === 0) return <Empty title="Nothing to review">No row was found by name alone.</Empty>;
  return (
    <div className={styles.review}>
      <Note tone="amber" title="A match by name alone is a takeover risk">
        The address in the file gets access to an account that has another address. Compare the two people. A declined row becomes a new profile; a skipped one is left out. Both change the plan, so it is made again.
      </Note>
      {review.nameOnlyRows.map((row) => <NamePair key={row.row} row={row} answer={review.answerOf(row)} onAnswer={(answer) => review.answer(row, answer)} />)}
    </div>
  );
}

const answerTags: Readonly<Record<Answer, { readonly title: string; readonly tone: 'amber' | 'green' | 'blue' | 'grey' }>> = {
  undecided: { title: 'To be decided', tone: 'amber' },
  acknowledged: { title: 'Acknowledged', tone: 'green' },
  create: { title: 'Declined: new profile', tone: 'blue' },
  skip: { title: 'Skipped', tone: 'grey' },
};

function NamePair({ row, answer, onAnswer }: { readonly row: ShownPlanRow; readonly answer: Answer; readonly onAnswer: (answer: Answer) => void }) {
  const isMasked = usePreferences((state) => state.isMasked);
  const before = (field: string): FactValue | undefined => row.changes.find((change) => change.field === field)?.before ?? row.precondition[field];
  const after = (field: string): FactValue | undefined => row.changes.find((change) => change.field === field)?.after;
  const toggle = (chosen: Answer) => () => onAnswer(answer === chosen ? 'undecided' : chosen);
  return (
    <section className={styles.pair} aria-label={`Name match, row ${row.row}`}>
      <div className={styles.pairHead}>
        <strong><Personal text={row.full_name ?? row.email} /></strong>
        <span className={styles.meaning}>row {row.row}</span>
        <Tag tone={answerTags[answer].tone}>{answerTags[answer].title}</Tag>
      </div>
      <div className={styles.people}>
        <div className={styles.person}>
          <h2>In the file</h2>
          <Facts
            items={[
              ['Name', <Personal key="name" text={row.full_name ?? ''} />],
              ['E-mail', <Email key="email" address={row.email} />],
              ['Stripe customer', <Shown key="stripe" text={factText(after('stripe_customer_id') ?? before('stripe_customer_id'), isMasked)} />],
            ]}
          />
        </div>
        <IconArrowRight className={styles.pairArrow ?? ''} size={18} aria-label="gets access to" />
        <div className={styles.person}>
          <h2>The account of that name</h2>
          <Facts
            items={[
              ['Customer', row.user_id === null ? 'not named' : <Shown key="user" text={row.user_id} />],
              ['E-mail now', <Shown key="emails" text={factText(before('emails'), isMasked)} />],
              ['Stripe now', <Shown key="stripe" text={factText(before('stripe_customer_id'), isMasked)} />],
            ]}
          />
        </div>
      </div>
      <Button.Group>
        <Button variant={answer === 'acknowledged' ? 'filled' : 'default'} aria-pressed={answer === 'acknowledged'} leftSection={<IconCheck size={14} aria-hidden />} onClick={toggle('acknowledged')}>Acknowledge: the same person</Button>
        <Button variant={answer === 'create' ? 'filled' : 'default'} aria-pressed={answer === 'create'} leftSection={<IconUserPlus size={14} aria-hidden />} onClick={toggle('create')}>Decline: new profile</Button>
        <Button variant={answer === 'skip' ? 'filled' : 'default'} aria-pressed={answer === 'skip'} leftSection={<IconX size={14} aria-hidden />} onClick={toggle('skip')}>Skip</Button>
      </Button.Group>
    </section>
  );
}
