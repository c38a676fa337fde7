import { endpoints } from '../../../shared/contract/admin/endpoints.ts';
import { rollbackPreviewSchema, type RollbackPreview } from '../../../shared/contract/admin/rollback.ts';
import { sameBag } from '../same-bag.ts';
import { expectRefusal, said, sha256Hex, type Trial } from '../trial.ts';
import { Broken, expectThat, need, NotChecked } from '../verdicts.ts';
import { approve } from './approvals.ts';
import type { EndedRun } from './executions.ts';
import { memberOf } from './members.ts';
import { planOf, rowOf } from './plans.ts';
import { followToEnd } from './runs.ts';
import { expectDead } from './validate.ts';

/** Who is what when the rollback comes. */
export type BeforeRollback = {
  /** Have set a password of their own. */
  readonly completed: readonly string[];
  /** Waits at the reset. */
  readonly heldSession: string | undefined;
  /** Prepared, and has never signed in. */
  readonly untouched: string;
};

/** Putting the cohort back (A20): what it says, what it asks, whom it keeps. It is also how the trial cleans up. */
export async function checkRollback(trial: Trial, cohort: string, ended: EndedRun | undefined, { completed, heldSession, untouched }: BeforeRollback): Promise<void> {
  const { verdicts, migration, people } = trial;
  const params = { id: migration.id };
  const emails = people.records.map(({ email }) => email);
  const ask = (body: Readonly<Record<string, unknown>>) => trial.send(endpoints.rollBack, { params, body: { emails, ...body } });
  const preview = async (): Promise<RollbackPreview> => {
    const answer = await ask({ preview: true });
    const shown = rollbackPreviewSchema.safeParse(answer.json);
    if (answer.status !== 200 || !shown.success) throw new Broken(`${said(answer)}, not 200 with items and their hash.`);
    return shown.data;
  };
  const others = emails.filter((email) => !completed.includes(email));

  const previewed = await verdicts.check('rollback.preview', async () => {
    need(ended, 'a run that has ended');
    const before = await memberOf(trial, untouched);
    const shown = await preview();
    expectThat(sameBag(shown.items.map(({ email }) => email), emails), 'It does not tell of each person asked for, once.');
    expectThat(shown.counts.reverted === others.length && shown.counts.kept_changed_since === completed.length, `It would put back ${shown.counts.reverted} and keep ${shown.counts.kept_changed_since}, not ${others.length} and ${completed.length}.`);
    expectThat(JSON.stringify(await memberOf(trial, untouched)) === JSON.stringify(before), 'The preview has changed somebody.');
    return shown;
  });

  await verdicts.check('rollback.hash_needed', async () => {
    need(previewed, 'a preview');
    expectRefusal(await ask({ preview: false }), 422, ['invalid_request']);
    expectRefusal(await ask({ preview: false, rollback_hash: sha256Hex(`nobody previewed this ${people.mark}`) }), [404, 409, 422], []);
  });

  const allowed = await verdicts.check('rollback.approval', async () => {
    const { rollback_hash: hash, approval_needed: isNeeded } = need(previewed, 'a preview');
    if (!isNeeded) throw new NotChecked('The policy of this environment asks for none.');
    expectRefusal(await ask({ preview: false, rollback_hash: hash }), 409, ['approval_required']);
    await approve(trial, hash);
    return hash;
  });

  const reverted = await verdicts.check('rollback.reverts', async () => {
    const { rollback_hash: hash, approval_needed: isNeeded } = need(previewed, 'a preview');
    if (isNeeded) need(allowed, 'an approval of the rollback');
    const answer = await ask({ preview: false, rollback_hash: hash });
    const reply = endpoints.rollBack.reply.safeParse(answer.json);
    if (answer.status !== 202 || !reply.success || !('run_id' in reply.data)) throw new Broken(`${said(answer)}, not 202 with a run_id.`);
    const { items, state } = await followToEnd(trial, reply.data.run_id);
    expectThat(state === 'completed', `The rollback ended as ${state}.`);
    expectThat(sameBag(items.filter(({ outcome }) => outcome === 'reverted').map(({ email }) => email), others), 'It has put back others than those who have not set a password.');
    const member = await memberOf(trial, untouched);
    expectThat(member.state === 'rolled_back' && !member.must_reset_password, `Somebody who was put back is told as ${member.state}.`);
    const row = rowOf((await planOf(trial, cohort, `conformance-after-${people.mark}.csv`)).rows, untouched);
    expectThat(row?.email_match === 'NO_EMAIL_MATCH' && row.action === 'CREATE_NEW', 'A profile that the run had made, and nobody used, is still there.');
    return items;
  });

  await verdicts.check('rollback.keeps_changed', async () => {
    if (completed.length === 0) throw new NotChecked('Nobody has set a password.');
    for (const email of completed) {
      const item = need(reverted, 'a rollback').find((one) => one.email === email);
      if (item?.outcome !== 'kept_changed_since') throw new Broken(`Somebody who has set a password is told as ${item?.outcome ?? 'nothing'}.`);
      expectThat(JSON.stringify(item.planned) !== JSON.stringify(item.now), 'The item tells the same as planned and as now.');
      expectThat((await memberOf(trial, email)).state === 'completed', 'Somebody who has set a password is no longer told as completed.');
    }
  });

  await verdicts.check('rollback.ends_sessions', async () => {
    need(reverted, 'a rollback');
    await trial.refused(endpoints.login, { body: { email: untouched, password: trial.temporaryPassword } }, 401, ['invalid_credentials']);
    await expectDead(trial, need(heldSession, 'a session that was held at the reset'));
  });

  await verdicts.check('rollback.twice', async () => {
    need(reverted, 'a rollback');
    const { counts } = await preview();
    expectThat(counts.reverted === 0, `A second one would put back ${counts.reverted} people.`);
  });
}
