import { endpoints } from '../../../shared/contract/admin/endpoints.ts';
import { sameBag } from '../same-bag.ts';
import type { Trial } from '../trial.ts';
import { expectThat, need } from '../verdicts.ts';
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
  });
}
