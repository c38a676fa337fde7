import { hash } from 'node:crypto';
import type { CohortRecord } from '../../shared/core/cohort.ts';
import { startPlanHash } from '../../shared/core/plan-hash.ts';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import { type PlanSummary, summarizePlan } from '../../shared/core/plan-summary.ts';
import { planCohort } from '../../shared/playbooks/account-prep/plan.ts';
import { accountPrep } from '../../shared/playbooks/account-prep/playbook.ts';
import { cohortOf, startSha256 } from '../engine/cohort-store.ts';
import { practiceConfig, practiceMigration } from './environment.ts';
import type { PracticePerson } from './people.ts';
import { practiceStory, sampleFileName } from './sample.ts';

export const practiceCohortTag = '2025-08-09-csv';

/** The plan that the earlier run of the practice story carried out: made by the planner like every other. */
export interface EarlierPlan {
  readonly cohort: string;
  readonly records: readonly CohortRecord[];
  readonly sourceSha256: string;
  readonly rows: readonly PlanRow[];
  readonly planHash: string;
  readonly summary: PlanSummary;
}

/** Plans the two people of the story as they were before anything happened to them. */
export function earlierPlan(): EarlierPlan {
  const story = practiceStory();
  const known = [
    { person: story.armed, stripeId: story.armedStripeId },
    { person: story.complete, stripeId: story.completeStripeId },
  ];
  const records = known.map(({ person, stripeId }): CohortRecord => ({ email: person.email, full_name: person.fullName, stripe_customer_id: stripeId }));
  const rows = planCohort(
    known.map(({ person }, place) => ({
      row: place + 1,
      record: requireRecord(records, place),
      decision: null,
      facts: { byEmail: factsOf(person), byName: { kind: 'none' }, stripeHolderId: person.stripeCustomerId === null ? null : person.userId },
    })),
    { migration: practiceMigration, cohortTag: practiceCohortTag, sourceFile: sampleFileName },
  );
  const cohort = cohortOf(records);
  const sourceSha256 = hash('sha256', records.map((record) => `${record.full_name},${record.email},${record.stripe_customer_id}\n`).join(''));
  return { cohort, records, sourceSha256, rows, planHash: planHashOf(cohort, sourceSha256, rows), summary: summarizePlan(rows) };
}

function factsOf(person: PracticePerson) {
  return {
    userId: person.userId,
    fullName: person.fullName,
    emails: [person.email],
    mustReset: false,
    stripeCustomerId: person.stripeCustomerId,
    cohortTag: null,
    sourceFile: null,
    role: person.role,
    armedBy: null,
    hasCompleted: false,
  };
}

function requireRecord(records: readonly CohortRecord[], place: number): CohortRecord {
  const record = records[place];
  if (record === undefined) throw new Error(`the story has no record ${String(place)}`);
  return record;
}

function planHashOf(cohort: string, sourceSha256: string, rows: readonly PlanRow[]): string {
  const planHash = startPlanHash(startSha256, {
    environmentId: practiceConfig.environment.id,
    migration: practiceMigration,
    playbook: accountPrep.id,
    playbookVersion: accountPrep.version,
    cohort,
    sourceFile: sampleFileName,
    sourceSha256,
    settings: { cohort_tag: practiceCohortTag },
    credentialId: null,
    only: null,
    decisions: [],
  });
  for (const row of rows) planHash.add(row);
  return planHash.digestHex();
}
