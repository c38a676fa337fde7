import { Loader } from '@mantine/core';
import { IconCircleCheckFilled, IconCircleDashed, IconCircleXFilled } from '@tabler/icons-react';
import type { TestMember } from '../../../shared/contract/admin/test-run.ts';
import type { ValidationStatus } from '../../../shared/contract/operator/test-runs.ts';
import { testRowKinds } from '../../../shared/core/test-rows.ts';
import { formatClock, formatUtc } from '../../components/format.ts';
import { Email, Shown } from '../../components/text.tsx';
import { kindCards, nextObservation, observations, type Observation } from './test-kinds.ts';
import styles from './test-run.module.css';

type StepState = 'seen' | 'now' | 'waiting' | 'failed';

const stateTitles: Readonly<Record<StepState, string>> = { seen: 'done', now: 'under way', waiting: 'to come', failed: 'failed' };

/** What the server observed of each test customer, filling as it happens. */
export function Checklist({ status, isRunning }: { readonly status: ValidationStatus; readonly isRunning: boolean }) {
  const members = testRowKinds.flatMap((kind) => status.observed.members.filter((member) => member.kind === kind));
  return (
    <div className={styles.cards} aria-live="polite">
      {members.map((member) => <MemberList key={member.email} member={member} status={status} isRunning={isRunning} />)}
    </div>
  );
}

function MemberList({ member, status, isRunning }: { readonly member: TestMember; readonly status: ValidationStatus; readonly isRunning: boolean }) {
  const own = status.steps.find((step) => step.email === member.email);
  const next = nextObservation(member);
  const stateOf = (key: Observation): StepState => {
    if (member[key]) return 'seen';
    if (key !== next) return 'waiting';
    if (own?.step === 'failed') return 'failed';
    return isRunning ? 'now' : 'waiting';
  };
  return (
    <section className={styles.card} aria-label={`Checklist: ${kindCards[member.kind].title}`}>
      <h2>{kindCards[member.kind].title}</h2>
      <Email address={member.email} />
      <ul className={styles.list}>
        {observations.map(({ key, title }) => {
          const state = stateOf(key);
          const at = member.seen_at[key];
          return (
            <li key={key} data-state={state} aria-label={`${title}: ${stateTitles[state]}`}>
              <StateMark state={state} />
              <span>{title}</span>
              {at !== undefined && <time dateTime={at} title={formatUtc(at)}>{formatClock(at)}</time>}
            </li>
          );
        })}
      </ul>
      {own?.step === 'failed' && own.detail !== null && <div className={styles.failed}><Shown text={own.detail} /></div>}
      {member.kept_changed_since && <div className={styles.hint}>This customer changed something meanwhile; that was kept.</div>}
    </section>
  );
}

function StateMark({ state }: { readonly state: StepState }) {
  if (state === 'seen') return <IconCircleCheckFilled size={18} className={styles.done} aria-hidden />;
  if (state === 'failed') return <IconCircleXFilled size={18} className={styles.failed} aria-hidden />;
  if (state === 'now') return <Loader size={16} aria-hidden />;
  return <IconCircleDashed size={18} aria-hidden />;
}
