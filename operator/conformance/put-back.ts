import { endpoints } from '../../shared/contract/admin/endpoints.ts';
import { rollbackPreviewSchema } from '../../shared/contract/admin/rollback.ts';
import type { Run } from '../../shared/contract/admin/runs.ts';
import { isEnded } from '../../shared/core/run-state.ts';
import { approve } from './groups/approvals.ts';
import { askRun, followToEnd } from './groups/runs.ts';
import { said, type Trial } from './trial.ts';
import { Broken, NotChecked } from './verdicts.ts';

/**
 * Puts back what a trial that was left half way has changed: its runs are ended, its test users re-armed, its people
 * rolled back, with an approval where policy asks for one and there is somebody to give it. Gives in sentences what
 * stays. Never throws: what cannot be put back is such a sentence.
 */
export async function putBackTrial(trial: Trial): Promise<readonly string[]> {
  try {
    const runs = await runsOf(trial);
    for (const run of runs) if (!isEnded(run.state)) await endRun(trial, run);
    const written = runs.filter(({ kind }) => kind === 'test_run' || kind === 'execution');
    if (written.length === 0) return ['Nobody was written.'];
    for (const run of written) if (run.kind === 'test_run') await trial.done(endpoints.rearmTestRun, { params: { id: trial.migration.id, run_id: run.run_id }, body: {} });
    return [await rollBackPeople(trial)];
  } catch (thrown) {
    if (!(thrown instanceof Broken) && !(thrown instanceof NotChecked)) throw thrown;
    return [`Not everybody could be put back (${thrown.message}): look at "drydock runs --migration ${trial.migration.id}", then drydock rollback --migration ${trial.migration.id} for people under ${trial.people.mark}.conformance.invalid.`];
  }
}

/** The runs that this trial has begun: by the name of its file, which nobody else has, or a rollback of its own that is under way. */
async function runsOf(trial: Trial): Promise<readonly Run[]> {
  const { migration, people, session } = trial;
  const { items } = await trial.done(endpoints.listRuns, { query: { migration: migration.id, limit: '1000' } });
  return items.filter(({ source_file: file, kind, state, requested_by: by }) => file?.includes(people.mark) === true || (kind === 'rollback' && !isEnded(state) && by === session.sub));
}

/** A rollback that is at work is what is wanted; everything else goes no further. */
async function endRun(trial: Trial, { run_id: id, kind, state }: Run): Promise<void> {
  const isAtWork = state === 'queued' || state === 'running';
  if (!(kind === 'rollback' && isAtWork) && state !== 'stopping') await askRun(trial, id, 'stopRun');
  await followToEnd(trial, id);
}

async function rollBackPeople(trial: Trial): Promise<string> {
  const params = { id: trial.migration.id };
  const emails = trial.people.records.map(({ email }) => email);
  const answer = await trial.send(endpoints.rollBack, { params, body: { emails, preview: true } });
  const preview = rollbackPreviewSchema.safeParse(answer.json);
  if (answer.status !== 200 || !preview.success) throw new Broken(`${said(answer)}, not 200 with a preview.`);
  const { rollback_hash: hash, counts, approval_needed: isApprovalNeeded } = preview.data;
  const kept = counts.kept_changed_since === 0 ? '' : ` ${counts.kept_changed_since} made-up people have set a password and stay.`;
  if (counts.reverted === 0) return `Everybody who was written is put back.${kept}`;
  if (isApprovalNeeded) await approve(trial, hash);
  const begun = endpoints.rollBack.reply.safeParse((await trial.send(endpoints.rollBack, { params, body: { emails, preview: false, rollback_hash: hash } })).json);
  if (!begun.success || !('run_id' in begun.data)) throw new Broken('The rollback did not begin.');
  const { state } = await followToEnd(trial, begun.data.run_id);
  if (state !== 'completed') throw new Broken(`The rollback ended as ${state}.`);
  return `Everybody who was written is put back.${kept}`;
}
