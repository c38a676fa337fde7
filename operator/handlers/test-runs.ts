import { startTestRun } from '../../shared/contract/admin/test-run.ts';
import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import { isNameOnlyWrite } from '../../shared/core/plan-row.ts';
import { type TestRowKind, testRowKinds } from '../../shared/core/test-rows.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import type { PracticeServer } from '../environments/practice.ts';
import type { OperatorParts } from '../parts.ts';
import { problem } from '../problems.ts';
import { acknowledgedAddresses } from '../runs/acknowledgement.ts';
import type { PlanBook } from '../runs/plan-book.ts';
import type { PlanView, PlanViews } from '../runs/plan-views.ts';
import type { RunMirror } from '../runs/run-mirror.ts';
import type { Validation } from '../runs/validation.ts';
import type { NamedPlanRow } from '../rows/row-kinds.ts';
import { givenTemporaryPassword } from '../temporary-password.ts';

type TestRunHandlers = Pick<Handlers, 'testRuns.propose' | 'testRuns.start' | 'testRuns.getStatus' | 'testRuns.validate' | 'testRuns.rearm'>;

const START_TIMEOUT_MS = 120_000;

const rowsOfKind: Readonly<Record<TestRowKind, PlanView>> = {
  email_match: { match: 'MATCH_EMAIL', action: 'UPDATE_EXISTING' },
  name_match: { match: 'MATCH_NAME_UNIQUE', action: 'UPDATE_EXISTING' },
  new_profile: { action: 'CREATE_NEW' },
};

/** The three rows that are tried before anybody else is written (A14). */
export function createTestRunHandlers(parts: OperatorParts, plans: PlanBook, views: PlanViews, validation: Validation, mirror: RunMirror, practice: PracticeServer): TestRunHandlers {
  const { environments, journal } = parts;

  /** The first row of each kind in file order, and how many others could be taken instead. */
  async function propose(migration: string, planHash: string) {
    await plans.open(migration, planHash);
    const proposed = [];
    for (const kind of testRowKinds) {
      const { items, total } = await views.list(planHash, rowsOfKind[kind], { offset: 0, limit: 1 });
      for (const row of items) proposed.push({ kind, row, others: total - 1 });
    }
    return proposed;
  }

  return {
    'testRuns.propose': async ({ migration, plan_hash }) => ({ items: await propose(migration, plan_hash) }),
    'testRuns.start': async ({ migration, plan_hash, emails, acknowledged = [], acknowledge_name_matches, is_validated_next }) => {
      const rows: readonly NamedPlanRow[] = emails === undefined ? (await propose(migration, plan_hash)).map(({ row }) => row) : await chosenRows(plan_hash, migration, emails);
      const chosen = emails ?? rows.map(({ email }) => email);
      if (chosen.length === 0) throw problem('test_run_not_needed', 'This plan writes nobody', 'It needs no test run.');
      const covered = acknowledgedAddresses(rows.filter(isNameOnlyWrite), acknowledged, acknowledge_name_matches);
      const environment = await environments.connect();
      if (is_validated_next === true) knownPassword(environment);
      const reply = await environment.write(startTestRun, {
        params: { id: migration },
        body: { plan_hash, emails: [...chosen], ...(covered.length === 0 ? {} : { acknowledged: [...covered] }) },
        scope: journal.newScope(),
        note: { migration, plan_hash },
        timeoutMs: START_TIMEOUT_MS,
      });
      validation.keepKeys(reply.run_id, reply.validation_keys);
      await mirror.follow(environment, reply.run_id);
      return { run_id: reply.run_id, emails: [...chosen] };
    },
    'testRuns.getStatus': async ({ migration, run_id }) => validation.status(await environments.connect(), migration, run_id),
    'testRuns.validate': async ({ migration, run_id, temporary_password }) => {
      const environment = await environments.connect();
      return validation.validate(environment, migration, run_id, temporary_password ?? knownPassword(environment));
    },
    'testRuns.rearm': async ({ migration, run_id }) => validation.rearm(await environments.connect(), migration, run_id),
  };

  async function chosenRows(planHash: string, migration: string, emails: readonly string[]): Promise<readonly NamedPlanRow[]> {
    await plans.open(migration, planHash);
    return views.byEmail(planHash, emails);
  }

  /** The practice server's own, else the variable of the command line's surroundings. It is kept nowhere. */
  function knownPassword(environment: ConnectedEnvironment): string {
    const status = practice.status();
    if (environment.isBuiltIn && status.state === 'ready') return status.ready.temporary_password;
    return givenTemporaryPassword(parts.env);
  }
}
