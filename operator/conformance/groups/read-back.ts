import { endpoints } from '../../../shared/contract/admin/endpoints.ts';
import { sameBag } from '../same-bag.ts';
import type { Trial } from '../trial.ts';
import { expectThat, need, NotChecked } from '../verdicts.ts';
import type { EndedRun } from './executions.ts';
import { followToEnd } from './runs.ts';

const SAMPLE = 5;

/** What a run has left: as it was before, and as it is now. To be called while nobody has signed in. */
export async function checkReadBack(trial: Trial, ended: EndedRun | undefined): Promise<void> {
  const { verdicts, migration, people } = trial;
  const params = { id: migration.id };
  const written = (run: EndedRun): string[] => run.items.filter(({ outcome }) => outcome === 'applied').map(({ email }) => email);

  await verdicts.check('snapshots.prior_states', async () => {
    const run = need(ended, 'a run that has ended');
    const answer = await trial.send(endpoints.listSnapshots, { params: { run_id: run.runId }, query: { limit: '1000' } });
    const { items } = await trial.done(endpoints.listSnapshots, { params: { run_id: run.runId }, query: { limit: '1000' } });
    expectThat(sameBag(items.map(({ email }) => email), written(run)), `${items.length} prior states are listed for ${written(run).length} people who were written.`);
    expectThat(items.every((item) => !item.existed), 'Somebody whom the run made is told as having been there before.');
    expectThat(!/\$argon2|password_hash|"hmac"/.test(answer.text), 'A prior state holds a credential.');
  });

  await verdicts.check('verify.reads_back', async () => {
    const run = need(ended, 'a run that has ended');
    const verified = await trial.done(endpoints.verifyRun, { params, body: { run_id: run.runId } });
    expectThat(verified.verified_run_id === run.runId && verified.rows_written === written(run).length, 'It names another run, or another number of rows.');
    expectThat(verified.counts.drifted === 0 && verified.differences.length === 0, 'Right after the run it finds differences.');
    expectThat(verified.counts.no_change === written(run).length, `It has read back ${verified.counts.no_change} of ${written(run).length} rows.`);
  });

  await verdicts.check('verify.seed', async () => {
    const { runId } = need(ended, 'a run that has ended');
    const sampled = async (seed: string): Promise<readonly string[]> => {
      const { run_id: verification } = await trial.done(endpoints.verifyRun, { params, body: { run_id: runId, sample: { size: SAMPLE, seed } } });
      return (await followToEnd(trial, verification)).items.map(({ email }) => email);
    };
    const first = await sampled(`seed-${people.mark}`);
    expectThat(first.length === SAMPLE, `A sample of ${SAMPLE} has ${first.length} people.`);
    expectThat(sameBag(await sampled(`seed-${people.mark}`), first), 'The same seed took other people.');
    const others = [await sampled(`other-${people.mark}`), await sampled(`third-${people.mark}`)];
    expectThat(others.some((other) => !sameBag(other, first)), 'Three seeds took the same people.');
  });
}

/** What has happened since the run that is read back: a later run, customers who have completed, a test run. */
export type SinceTheRun = { readonly laterRunId: string | undefined; readonly completed: readonly string[]; readonly tried: string };

/**
 * The same run read back once a later one has written some of its people. Whether a customer who has set a password
 * counts as a difference, the contract leaves open.
 */
export async function checkChangesFound(trial: Trial, ended: EndedRun | undefined, { laterRunId, completed, tried }: SinceTheRun): Promise<void> {
  await trial.verdicts.check('verify.finds_changes', async () => {
    const run = need(ended, 'a run that has ended');
    const { items: later } = await followToEnd(trial, need(laterRunId, 'a later run of the same people'));
    const written = run.items.filter(({ outcome }) => outcome === 'applied').map(({ email }) => email);
    const changed = later.filter(({ email, outcome }) => outcome === 'applied' && written.includes(email)).map(({ email }) => email);
    if (changed.length === 0) throw new NotChecked('The later run has written nobody of the first one.');
    const untouched = written.filter((email) => email !== tried && !completed.includes(email) && !later.some((item) => item.email === email));
    const { differences, counts } = await trial.done(endpoints.verifyRun, { params: { id: trial.migration.id }, body: { run_id: run.runId } });
    const told = new Set(differences.map(({ email }) => email));
    const missed = changed.filter((email) => !told.has(email));
    expectThat(missed.length === 0 && counts.drifted >= changed.length, `${changed.length} people were written by a later run, and ${changed.length - missed.length} of them are told as different.`);
    expectThat(differences.every((item) => item.outcome === 'drifted' && JSON.stringify(item.planned) !== JSON.stringify(item.now)), 'A difference does not say what was written and what is there now.');
    expectThat(untouched.every((email) => !told.has(email)), 'Somebody whom nothing has changed is told as different.');
  });
}
