import { Button, Tabs } from '@mantine/core';
import { IconArrowRight, IconListSearch, IconRefresh } from '@tabler/icons-react';
import type { Plan } from '../../../shared/contract/operator/plans.ts';
import { counted, formatCount } from '../../components/format.ts';
import { CommandProblem, Empty, Heading, Workspace } from '../../components/layout.tsx';
import { Note } from '../../components/problem-notice.tsx';
import { Hash, Shown, When } from '../../components/text.tsx';
import { useOperatorCommand } from '../../operator.ts';
import type { StepProps } from '../step-props.ts';
import { planViews, usePlace } from '../../stores/place.ts';
import { useReviews } from '../../stores/review.ts';
import { type PlanReview, usePlanReview } from '../plan-review.ts';
import { Decisions } from './decisions.tsx';
import styles from './dry-run.module.css';
import { NameReview } from './name-review.tsx';
import { PlanGrid } from './plan-grid.tsx';
import { consequencesOf } from './plan-words.ts';

/** Dry run: what would change, row by row, before anything does. */
export function DryRunStep(props: StepProps) {
  const { way, migration } = props;
  const dryRun = useOperatorCommand('plans.dryRun');
  const sourceId = way.source?.source_id;
  if (way.plan !== null) return <Planned {...props} plan={way.plan} />;
  return (
    <Workspace>
      <Heading title="Dry run" />
      <CommandProblem problem={dryRun.problem} />
      <Empty
        icon={<IconListSearch size={28} aria-hidden />}
        title="Here is what would change, once it is planned"
        action={sourceId !== undefined && <Button loading={dryRun.busy} onClick={() => void dryRun.run({ migration: migration.id, source_id: sourceId })}>Start the dry run</Button>}
      >
        The server looks for each person of the file and plans each change. It writes to no customer.
      </Empty>
    </Workspace>
  );
}

function Planned({ way, migration, plan }: StepProps & { readonly plan: Plan }) {
  const review = usePlanReview(plan);
  const carryOver = useReviews((state) => state.carryOver);
  const openStep = usePlace((state) => state.openStep);
  const dryRun = useOperatorCommand('plans.dryRun');
  const view = usePlace((state) => state.planView);
  const chooseView = usePlace((state) => state.choosePlanView);
  const sourceId = way.source?.source_id ?? plan.source_id;
  const isOfOtherFile = way.source !== null && plan.source_id !== null && way.source.source_id !== plan.source_id;

  /** With what was decided, or anew: decisions about people of one file say nothing about another. */
  const planAgain = async (isOfSameFile: boolean): Promise<void> => {
    if (sourceId === null) return;
    const made = await dryRun.run({ migration: migration.id, source_id: sourceId, ...(isOfSameFile ? { decisions_of: plan.plan_hash } : {}) });
    if (made !== undefined) carryOver(plan.plan_hash, made.plan_hash);
  };
  return (
    <>
      <PlanGrid
        plan={plan}
        review={review}
        layout={(grid) => (
          <>
            <Heading
              title="Dry run"
              lead={
                <span className={styles.facts}>
                  <span>Plan <Hash value={plan.plan_hash} label="plan hash" /></span>
                  <span><Shown text={plan.source_file} />, {counted(plan.summary.rows, 'row')}</span>
                  <span>planned <When at={plan.planned_at} /></span>
                </span>
              }
            >
              <Button variant="default" leftSection={<IconRefresh size={14} aria-hidden />} loading={dryRun.busy} disabled={sourceId === null} onClick={() => void planAgain(!isOfOtherFile)}>Plan again</Button>
              <Button rightSection={<IconArrowRight size={15} aria-hidden />} onClick={() => openStep('test_run')}>Go to the test run</Button>
            </Heading>
            <CommandProblem problem={dryRun.problem ?? review.problem} />
            {isOfOtherFile && <Note tone="amber" title="This plan is of another file" action={<Button loading={dryRun.busy} onClick={() => void planAgain(false)}>Plan the loaded file</Button>}>The file was replaced since. Plan again before you go on.</Note>}
            {review.pendingCount > 0 ? (
              <Note tone="amber" title={`${counted(review.pendingCount, 'decision')} not in the plan yet`} action={<Button loading={dryRun.busy} onClick={() => void planAgain(!isOfOtherFile)}>Plan again with them</Button>}>
                Declined and skipped rows are part of the plan and of its hash. What was approved or tested of this plan does not hold for the next one.
              </Note>
            ) : (
              <Note tone="blue">{consequencesOf(plan.summary, migration.settings)}</Note>
            )}
            <Tabs value={view} onChange={(chosen) => chooseView(planViews.find((one) => one === chosen) ?? 'rows')} keepMounted={false} className={styles.tabs ?? ''}>
              <Tabs.List>
                <Tabs.Tab value="rows">Rows ({formatCount(plan.summary.rows)})</Tabs.Tab>
                <Tabs.Tab value="review">Name-only review ({nameOnlyCount(review)})</Tabs.Tab>
                <Tabs.Tab value="decisions">Decisions ({formatCount(review.pendingCount)})</Tabs.Tab>
              </Tabs.List>
              <Tabs.Panel value="rows" className={styles.tabPanel ?? ''}>{grid}</Tabs.Panel>
              <Tabs.Panel value="review" className={styles.tabPanel ?? ''}>
                <NameReview review={review} />
              </Tabs.Panel>
              <Tabs.Panel value="decisions" className={styles.tabPanel ?? ''}><Decisions plan={plan} review={review} /></Tabs.Panel>
            </Tabs>
          </>
        )}
      />
    </>
  );
}

/** How far the review of name matches is. */
function nameOnlyCount({ nameOnlyRows, nameOnlyTotal, undecided }: PlanReview): string {
  const total = formatCount(nameOnlyTotal);
  if (nameOnlyRows === undefined || nameOnlyTotal === 0) return total;
  return undecided.length === 0 ? `${total}, all decided` : `${formatCount(undecided.length)} of ${total} to decide`;
}
