import { endpoints } from '../../../shared/contract/admin/endpoints.ts';
import type { Member } from '../../../shared/core/member.ts';
import type { DryRunReply } from '../../../shared/contract/admin/plans.ts';
import type { Trial } from '../trial.ts';
import { Broken, expectThat, need } from '../verdicts.ts';
import type { EndedRun } from './executions.ts';
import { changeOf } from './plans.ts';

/** The member of that address. @throws Broken when there is none, or more than one */
export async function memberOf(trial: Trial, email: string): Promise<Member> {
  const { items } = await trial.done(endpoints.listMembers, { params: { id: trial.migration.id }, query: { email } });
  const [member] = items;
  if (member === undefined || items.length !== 1) throw new Broken(`The members with one address are ${items.length}.`);
  return member;
}

/** Who is shown after an execution, and who is not. */
export async function checkMembers(trial: Trial, ended: EndedRun | undefined, plan: DryRunReply | undefined): Promise<void> {
  const { verdicts, people, migration } = trial;
  const params = { id: migration.id };

  await verdicts.check('members.cohort_only', async () => {
    need(ended, 'a run that has ended');
    const { items } = await trial.done(endpoints.listMembers, { params, query: { email: people.outsider.email } });
    expectThat(items.length === 0, 'Somebody is listed who is in no cohort.');
  });

  await verdicts.check('members.prepared', async () => {
    need(ended, 'a run that has ended');
    const { rows } = need(plan, 'a plan');
    for (const record of people.records.slice(-3)) {
      const member = await memberOf(trial, record.email);
      const row = rows.find(({ email }) => email === record.email);
      if (row === undefined) throw new Broken('A record has no row.');
      expectThat(member.state === 'prepared' && member.must_reset_password && member.user_id !== null && member.prepared_at !== null, `A member whose row was applied is told as ${member.state}.`);
      const isAsPlanned = member.stripe_customer_id === record.stripe_customer_id && member.migration.cohort === changeOf(row, 'migration.cohort') && member.migration.source_file === changeOf(row, 'migration.source_file');
      expectThat(isAsPlanned, 'Stripe id, cohort tag or source file of a member are not as planned.');
    }
  });
}

/** How far the cohort has come, once some have completed. */
export async function checkAdoption(trial: Trial, completedEmails: readonly string[]): Promise<void> {
  await trial.verdicts.check('members.adoption', async () => {
    if (completedEmails.length === 0) need<string>(undefined, 'a customer who has completed');
    const params = { id: trial.migration.id };
    const { counts, series, pending } = await trial.done(endpoints.getAdoption, { params, query: { list: 'pending', limit: '1000' } });
    expectThat(counts.completed >= completedEmails.length && counts.signed_in >= counts.completed && counts.prepared >= counts.signed_in, 'The counts leave out somebody who has completed, or more have completed than were prepared.');
    const last = series.at(-1);
    expectThat(last !== undefined && last.completed === counts.completed && last.prepared === counts.prepared, 'The series does not end where the counts are.');
    const left = new Set(need(pending, 'list=pending').items.map(({ email }) => email));
    expectThat(completedEmails.every((email) => !left.has(email)), 'Somebody who has completed is listed as left.');
    const [, , , , , , seventh] = trial.people.records;
    expectThat(seventh !== undefined && left.has(seventh.email), 'Somebody who has not signed in is not listed as left.');
  });
}
