import { setImmediate as nextTurn } from 'node:timers/promises';
import { putCohort } from '../../shared/contract/admin/cohorts.ts';
import { dryRun } from '../../shared/contract/admin/plans.ts';
import { listRuns } from '../../shared/contract/admin/runs.ts';
import type { ProcedureInput } from '../../shared/contract/operator/dispatch.ts';
import type { Plan } from '../../shared/contract/operator/plans.ts';
import { canonicalRecordLine } from '../../shared/core/cohort.ts';
import { DECISIONS_MAX, type Decision, plannedDecision } from '../../shared/core/decisions.ts';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import type { OperatorParts } from '../parts.ts';
import { problem } from '../problems.ts';
import { inPages } from '../rows/row-pages.ts';
import type { CheckedSource } from '../sources.ts';
import { type JournaledPlan, newestPlan, recordCheck, recordsOfPlan } from './journal-records.ts';
import { sourceOf } from './kept-source.ts';
import type { PlanPage, PlanRows } from './plan-rows.ts';
import type { PlanViews } from './plan-views.ts';

const INLINE_RECORDS_MAX = 1_000;
const PAGE = '1000';
const PLAN_TIMEOUT_MS = 600_000;

/** Plans: made by the server, kept by the journal, shown by window. */
export interface PlanBook {
  /** Resolves when the plan is made; its rows come by themselves. */
  dryRun(input: ProcedureInput<'plans.dryRun'>): Promise<Plan>;
  /** From the journal, or from the server when it was made elsewhere. @throws OperatorError `unknown_plan` */
  get(migration: string, planHash: string): Promise<Plan>;
  /** Begins to bring the plan's rows, unless they are here or come already. */
  open(migration: string, planHash: string): Promise<void>;
  /** Every row that gives an address access to an account by name alone. */
  nameOnlyRows(migration: string, planHash: string): Promise<readonly Pick<PlanRow, 'row' | 'email'>[]>;
  /** The newest plan of the whole file that this journal made there. */
  newest(environment: ConnectedEnvironment, migration: string): JournaledPlan | undefined;
  /** Newest journalled plan with this hash. */
  journaled(environment: ConnectedEnvironment, migration: string, planHash: string): JournaledPlan | undefined;
}

export function createPlanBook(parts: OperatorParts, rows: PlanRows, views: PlanViews): PlanBook {
  const { journal, environments } = parts;

  function journaled(environment: ConnectedEnvironment, migration: string, planHash: string): JournaledPlan | undefined {
    return newestPlan(journal, environment, ({ plan }) => plan.plan_hash === planHash && plan.migration === migration);
  }

  async function plan({ migration, source_id, only, decisions, decisions_of }: ProcedureInput<'plans.dryRun'>): Promise<Plan> {
    const environment = await environments.connect();
    const source = sourceOf(parts, environment, source_id);
    const { summary } = source;
    if (summary.file_error !== null || summary.cohort === null || summary.sha256 === null || summary.accepted === 0) throw problem('nothing_to_plan', 'No row of this file can go on', 'Correct the file and load it again.');
    const decided = decisions_of === undefined ? decisions : await decisionsWith(environment, migration, decisions_of);
    if (decided !== undefined && decided.length > DECISIONS_MAX) throw tooManyDecisions(decided.length);
    const scope = journal.newScope();
    recordCheck(journal, scope, { summary, rejected: [...source.rejected()], duplicates: [...source.duplicates()], warnings: [...source.warnings()] });

    const common = { source_file: summary.file, source_sha256: summary.sha256, ...(only === undefined ? {} : { only }), ...(decided === undefined || (decisions_of !== undefined && decided.length === 0) ? {} : { decisions: [...decided] }) };
    const isInline = summary.accepted <= INLINE_RECORDS_MAX;
    if (!isInline) await environment.write(putCohort, { params: { id: migration, sha256: summary.cohort }, body: await canonicalText(source), scope, note: { migration }, timeoutMs: PLAN_TIMEOUT_MS });
    const body = isInline ? { ...common, records: [...source.records()] } : { ...common, cohort: summary.cohort };
    const reply = await environment.write(dryRun, { params: { id: migration }, body, scope, note: { migration, source_id }, timeoutMs: PLAN_TIMEOUT_MS });
    if (reply.cohort !== summary.cohort) throw problem('cohort_differs', 'The server reads this file differently', `It names the cohort ${reply.cohort}, here it is ${summary.cohort}. Do not go on: operator and server are of different versions.`);
    const made = journaled(environment, migration, reply.plan_hash);
    if (made === undefined) throw problem('unknown_plan', 'The plan was made but could not be read back from the journal', 'Do the dry run again.');
    begin(made.plan, () => source.records(), { rows: reply.rows, next: reply.next_cursor });
    return made.plan;
  }

  /** The decisions of a plan, and those that wait for the next one in their place. */
  async function decisionsWith(environment: ConnectedEnvironment, migration: string, planHash: string): Promise<readonly Decision[]> {
    await open(migration, planHash);
    const byEmail = new Map<string, Decision['as']>();
    const made = journaled(environment, migration, planHash);
    if (made !== undefined) for (const { email, as } of made.decisions()) byEmail.set(email, as);
    else {
      for await (const page of views.each(planHash, {})) {
        for (const row of page) {
          const as = plannedDecision(row);
          if (as !== undefined) byEmail.set(row.email, as);
        }
      }
    }
    for await (const page of views.eachPending(planHash)) {
      for (const { email, next } of page) {
        if (next === 'undecided') byEmail.delete(email);
        else byEmail.set(email, next);
      }
    }
    return [...byEmail].map(([email, as]) => ({ email, as }));
  }

  function begin({ migration, plan_hash: planHash, summary }: Pick<Plan, 'migration' | 'plan_hash' | 'summary'>, records: CheckedSource['records'], first?: PlanPage): void {
    rows.begin({ migration, planHash, rowsTotal: summary.rows, connect: () => environments.connect(), records }, first);
  }

  async function open(migration: string, planHash: string): Promise<void> {
    if (rows.isKnown(planHash, migration)) return;
    const environment = await environments.connect();
    const found = journaled(environment, migration, planHash);
    if (found !== undefined) return begin(found.plan, () => recordsOfPlan(journal, found));
    rows.begin({ migration, planHash, rowsTotal: undefined, connect: () => environments.connect(), records: () => [] });
  }

  /** A plan that another operator made: what the server says of it. */
  async function fromServer(environment: ConnectedEnvironment, migration: string, planHash: string): Promise<Plan> {
    const { items } = await environment.read(listRuns, { params: {}, query: { migration, limit: PAGE } });
    const run = items.find((one) => one.kind === 'dry_run' && one.plan_hash === planHash);
    await open(migration, planHash);
    await rows.until(planHash, Number.MAX_SAFE_INTEGER);
    const summary = rows.summary(planHash);
    if (summary.rows === 0) throw problem('unknown_plan', 'There is no such plan', 'Do a dry run and use the plan hash it gives.');
    return {
      environment: environment.name,
      migration,
      run_id: run?.run_id ?? '',
      plan_hash: planHash,
      cohort: run?.cohort ?? '',
      source_file: run?.source_file ?? '',
      source_sha256: '',
      source_id: null,
      only: null,
      decided: { skip: summary.by_action.SKIP, create: 0 },
      summary,
      planned_at: run?.created_at ?? parts.clock().toISOString(),
    };
  }

  return {
    dryRun: plan,
    journaled,
    open,
    async get(migration, planHash) {
      const environment = await environments.connect();
      return journaled(environment, migration, planHash)?.plan ?? fromServer(environment, migration, planHash);
    },
    async nameOnlyRows(migration, planHash) {
      await open(migration, planHash);
      const found: Pick<PlanRow, 'row' | 'email'>[] = [];
      for await (const page of views.each(planHash, { match: 'MATCH_NAME_UNIQUE', action: 'UPDATE_EXISTING' })) found.push(...page.map(({ row, email }) => ({ row, email })));
      return found;
    },
    newest: (environment, migration) => newestPlan(journal, environment, ({ plan: made }) => made.migration === migration && made.only === null),
  };
}

/** The cohort's canonical form, put together a part at a time, so that nothing else waits for it. */
async function canonicalText(source: CheckedSource): Promise<string> {
  const parts: string[] = [];
  for (const page of inPages(source.records())) {
    parts.push(page.map((record) => `${canonicalRecordLine(record)}\n`).join(''));
    await nextTurn();
  }
  return parts.join('');
}

function tooManyDecisions(count: number): Error {
  const most = DECISIONS_MAX.toLocaleString('en');
  return problem('too_many_decisions', `A plan takes at most ${most} decisions`, `${count.toLocaleString('en')} rows are left out or declined. Take decisions back until ${most} are left, or take the rows out of the file and load it again. Nothing was planned; the decisions are kept.`);
}
