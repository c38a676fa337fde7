import { IconAlertTriangle } from '@tabler/icons-react';
import { formatCount } from '../../components/format.ts';
import { Card, Facts, PlainTable } from '../../components/layout.tsx';
import { Note } from '../../components/problem-notice.tsx';
import { Tag } from '../../components/tag.tsx';
import { Hash, Shown, When } from '../../components/text.tsx';
import type { Approval } from '../../../shared/contract/admin/approvals.ts';
import type { Plan } from '../../../shared/contract/operator/plans.ts';
import { planActionSchema } from '../../../shared/core/plan-row.ts';
import { actionWords } from '../../components/words.ts';
import type { StepProps } from '../step-props.ts';
import { consequencesOf, writtenCount } from '../dry-run/plan-words.ts';
import { usePlanReview } from '../plan-review.ts';
import { cohortTag } from '../cohort-tag.ts';
import { DecideApproval } from './decide-approval.tsx';
import styles from './approve.module.css';
import { risksOf } from './risks.ts';

interface PlanToApproveProps extends Pick<StepProps, 'migration' | 'session'> {
  readonly plan: Plan;
  readonly askedBy: string;
  /** Whether this Drydock made the plan. */
  readonly isOwn: boolean;
  readonly canDecide: boolean;
  readonly approvals: readonly Approval[];
  readonly required: number;
}

/** A plan on one page: what it is, what it would do, what to look at twice, who has decided, and the decision. */
export function PlanToApprove({ plan, migration, session, askedBy, isOwn, canDecide, approvals, required }: PlanToApproveProps) {
  const review = usePlanReview(plan);
  const nameOnly = (review.nameOnlyRows ?? []).length;
  const risks = risksOf(plan, { acknowledged: nameOnly - review.undecided.length, undecided: review.undecided.length });
  return (
    <div className={styles.columns}>
      <div className={styles.stack}>
        <Card label="Plan">
          <h2>The plan</h2>
          <Facts
            items={[
              ['Plan hash', <Hash key="plan" value={plan.plan_hash} label="plan hash" />],
              ['Asked by', <Shown key="sub" text={askedBy} />],
              ['Environment', `${session.environment.name} (${session.environment.kind})`],
              ['Migration', <Shown key="title" text={`${migration.title} (${migration.id})`} />],
              ['Cohort tag', cohortTag(migration) ?? '–'],
              ['Source file', <Shown key="file" text={plan.source_file} />],
              ['SHA-256 of the file', plan.source_sha256 === '' ? '–' : <Hash key="sha" value={plan.source_sha256} label="SHA-256 of the file" />],
              ['Cohort', <Hash key="cohort" value={plan.cohort} label="hash of the cohort" />],
              ['Planned', <When key="at" at={plan.planned_at} />],
            ]}
          />
        </Card>
        <Card label="What would happen">
          <h2>What would happen</h2>
          <div className={styles.numbers}>
            <div><span className={styles.big}>{formatCount(writtenCount(plan.summary))}</span><small>people written</small></div>
            {planActionSchema.options.filter((action) => plan.summary.by_action[action] > 0).map((action) => (
              <div key={action}><span className={styles.big}>{formatCount(plan.summary.by_action[action])}</span><small>{actionWords[action].title}</small></div>
            ))}
          </div>
          <p className={styles.hint}>{consequencesOf(plan.summary, migration.settings)}</p>
        </Card>
      </div>
      <div className={styles.stack}>
        <section className={styles.risks} aria-label="Risks">
          <h2>Look at twice</h2>
          {risks.length === 0 ? (
            <Note tone="green">Nothing stands out in this plan.</Note>
          ) : (
            <ul>
              {risks.map((risk) => (
                <li key={risk.text} className={`tone-${risk.tone}`}><IconAlertTriangle size={15} aria-hidden />{risk.text}</li>
              ))}
            </ul>
          )}
        </section>
        {canDecide && <DecideApproval migration={plan.migration} hash={plan.plan_hash} of="plan" peopleCount={writtenCount(plan.summary)} session={session} tag={cohortTag(migration)} isOwn={isOwn} />}
        <Given approvals={approvals} required={required} />
      </div>
    </div>
  );
}

/** Who has decided so far, and how. */
export function Given({ approvals, required }: { readonly approvals: readonly Approval[]; readonly required: number }) {
  return (
    <section aria-label="Decisions so far">
      <h2>Decisions so far</h2>
      {approvals.length === 0 ? (
        <p className={styles.hint}>Nobody has decided yet. It needs {required === 1 ? '1 approval' : `${formatCount(required)} approvals`}.</p>
      ) : (
        <PlainTable label="Decisions">
          <thead><tr><th scope="col">Who</th><th scope="col">Decision</th><th scope="col">When</th></tr></thead>
          <tbody>
            {approvals.map((approval) => (
              <tr key={approval.approval_id}>
                <td><Shown text={approval.sub} />{approval.comment !== '' && <div className={styles.hint}><Shown text={approval.comment} /></div>}</td>
                <td><Tag tone={approval.decision === 'reject' ? 'red' : approval.state === 'valid' ? 'green' : 'grey'}>{approval.decision === 'reject' ? 'Rejected' : approval.state === 'valid' ? 'Approved' : `Approved, ${approval.state}`}</Tag></td>
                <td><When at={approval.decided_at} /></td>
              </tr>
            ))}
          </tbody>
        </PlainTable>
      )}
    </section>
  );
}
