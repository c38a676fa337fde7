import { endpoints } from '../../../shared/contract/admin/endpoints.ts';
import { codeOf, expectRefusal, said, sha256Hex, type Trial } from '../trial.ts';
import { Broken, expectThat, need } from '../verdicts.ts';
import { harmlessCalls } from './harmless-calls.ts';
import { approvingSide } from './plans.ts';

const AT_ONCE = 6;

/** One key, one effect. Tried with dry runs, which write nobody. */
export async function checkIdempotency(trial: Trial): Promise<void> {
  const { verdicts, people } = trial;
  const params = { id: trial.migration.id };
  const bodyFor = (file: string) => ({ source_file: file, source_sha256: sha256Hex(file), records: people.records.slice(0, 2) });
  const body = bodyFor('conformance-keys.csv');
  const key = trial.newKey();
  const canApprove = trial.approver !== undefined || trial.session.scopes.includes('migration:approve');

  const first = await verdicts.check('idempotency.same_answer', async () => {
    const once = await trial.done(endpoints.dryRun, { params, body, key });
    const again = await trial.done(endpoints.dryRun, { params, body, key });
    expectThat(once.run_id === again.run_id, `The same key made two runs, ${once.run_id} and ${again.run_id}.`);
    expectThat(JSON.stringify(once) === JSON.stringify(again), 'The second answer is not the first one.');
    return once;
  });

  await verdicts.check('idempotency.key_required', async () => {
    for (const wrong of [null, 'short', `${'x'.repeat(20)} y`, 'x'.repeat(129)]) await trial.refused(endpoints.dryRun, { params, body, key: wrong }, 400, ['idempotency_key_required']);
    // A run that is over: what is asked of it without a key would do nothing. Re-arm has its turn after a test run.
    const { run_id } = need(first, 'a dry run with a key');
    for (const { call, sent } of harmlessCalls(trial)) {
      if (call.method === 'GET' || call.name === 'rearmTestRun' || (call.access === 'migration:approve' && !canApprove)) continue;
      await trial.refused(call, { ...sent, params: { ...sent.params, run_id }, as: call.access === 'migration:approve' ? approvingSide(trial) : 'operator', key: null }, 400, ['idempotency_key_required']);
    }
  });

  await verdicts.check('idempotency.other_body', async () => {
    need(first, 'a dry run with a key');
    await trial.refused(endpoints.dryRun, { params, body: bodyFor('conformance-other.csv'), key }, 422, ['idempotency_key_reused']);
  });

  await verdicts.check('idempotency.per_route', async () => {
    need(first, 'a dry run with a key');
    await trial.done(endpoints.postJournalHead, { body: { journal_id: `conformance-keys-${people.mark}`, seq: 1, hash: sha256Hex(people.mark) }, key });
  });

  await verdicts.check('idempotency.at_once', async () => {
    const shared = trial.newKey();
    const together = bodyFor('conformance-at-once.csv');
    const answers = await Promise.all(Array.from({ length: AT_ONCE }, () => trial.send(endpoints.dryRun, { params, body: together, key: shared })));
    const runs = new Set<string>();
    for (const answer of answers) {
      const reply = endpoints.dryRun.reply.safeParse(answer.json);
      if (answer.status === 200 && reply.success) runs.add(reply.data.run_id);
      else if (answer.status !== 409 || codeOf(answer) === undefined) throw new Broken(`${said(answer)}, neither 200 nor 409.`);
    }
    expectThat(runs.size === 1, `${AT_ONCE} requests with one key made ${runs.size} runs.`);
  });

  await verdicts.check('idempotency.guards_first', async () => {
    need(first, 'a dry run with a key');
    expectRefusal(await trial.send(endpoints.dryRun, { params, body, key, as: 'nobody' }), 401, ['unauthenticated']);
    expectRefusal(await trial.send(endpoints.dryRun, { params, body, key, as: { session: 'no-token-of-anybody' } }), 401, ['unauthenticated']);
  });
}
