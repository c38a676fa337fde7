import { putCohort } from '../../shared/contract/admin/cohorts.ts';
import { dryRun, listPlanRows } from '../../shared/contract/admin/plans.ts';
import { listRuns } from '../../shared/contract/admin/runs.ts';
import type { ProcedureInput } from '../../shared/contract/operator/dispatch.ts';
import type { Plan } from '../../shared/contract/operator/plans.ts';
import { type CohortRecord, canonicalRecordLine } from '../../shared/core/cohort.ts';
import { type PlanRow, isNameOnlyWrite } from '../../shared/core/plan-row.ts';
import { summarizePlan } from '../../shared/core/plan-summary.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import type { OperatorParts } from '../parts.ts';
import { problem } from '../problems.ts';
import { type JournaledPlan, newestPlan, recordCheck, recordsOfPlan } from './journal-records.ts';
import { sourceOf } from './kept-source.ts';
import type { WindowStore } from './window-store.ts';

const INLINE_RECORDS_MAX = 1_000;
const PAGE = '1000';
const PLAN_TIMEOUT_MS = 600_000;

/** Plans: made by the server, kept by the journal, shown by window. */
export interface PlanBook {
  dryRun(input: ProcedureInput<'plans.dryRun'>): Promise<Plan>;
  /** From the journal, or from the server when it was made elsewhere. @throws OperatorError `unknown_plan` */
  get(migration: string, planHash: string): Promise<Plan>;
  /** Brings the plan's rows into the window store, once. */
  load(migration: string, planHash: string): Promise<void>;
  /** Every row that gives an address access to an account by name alone. */
  nameOnlyRows(migration: string, planHash: string): Promise<readonly Pick<PlanRow, 'row' | 'email'>[]>;
  /** The newest plan of the whole file that this journal made there. */
  newest(environment: ConnectedEnvironment, migration: string): JournaledPlan | undefined;
  /** Newest journalled plan with this hash. */
  journaled(environment: ConnectedEnvironment, migration: string, planHash: string): JournaledPlan | undefined;
}

export function createPlanBook(parts: OperatorParts, windows: WindowStore): PlanBook {
  const { journal, environments } = parts;
  const loading = new Map<string, Promise<void>>();

  function journaled(environment: ConnectedEnvironment, migration: string, planHash: string): JournaledPlan | undefined {
    return newestPlan(journal, environment, ({ plan }) => plan.plan_hash === planHash && plan.migration === migration);
  }

  async function plan({ migration, source_id, only, decisions }: ProcedureInput<'plans.dryRun'>): Promise<Plan> {
    const environment = await environments.connect();
    const source = sourceOf(parts, environment, source_id);
    const { summary } = source;
    if (summary.file_error !== null || summary.cohort === null || summary.sha256 === null || summary.accepted === 0) throw problem('nothing_to_plan', 'No row of this file can go on', 'Correct the file and load it again.');
    const scope = journal.newScope();
    recordCheck(journal, scope, { summary, rejected: [...source.rejected()], duplicates: [...source.duplicates()], warnings: [...source.warnings()] });

    const common = { source_file: summary.file, source_sha256: summary.sha256, ...(only === undefined ? {} : { only }), ...(decisions === undefined ? {} : { decisions }) };
    const isInline = summary.accepted <= INLINE_RECORDS_MAX;
    if (!isInline) {
      let text = '';
      for (const record of source.records()) text += `${canonicalRecordLine(record)}\n`;
      await environment.write(putCohort, { params: { id: migration, sha256: summary.cohort }, body: text, scope, note: { migration }, timeoutMs: PLAN_TIMEOUT_MS });
    }
    const body = isInline ? { ...common, records: [...source.records()] } : { ...common, cohort: summary.cohort };
    const reply = await environment.write(dryRun, { params: { id: migration }, body, scope, note: { migration, source_id }, timeoutMs: PLAN_TIMEOUT_MS });
    if (reply.cohort !== summary.cohort) throw problem('cohort_differs', 'The server reads this file differently', `It names the cohort ${reply.cohort}, here it is ${summary.cohort}. Do not go on: operator and server are of different versions.`);
    const made = journaled(environment, migration, reply.plan_hash);
    if (made === undefined) throw problem('unknown_plan', 'The plan was made but could not be read back from the journal', 'Do the dry run again.');
    await bring(environment, made.plan, namesOf(source.records()), { rows: reply.rows, next: reply.next_cursor });
    return made.plan;
  }

  async function bring(environment: ConnectedEnvironment, { migration, plan_hash }: Pick<Plan, 'migration' | 'plan_hash'>, names: ReadonlyMap<string, string>, first?: { readonly rows: readonly PlanRow[]; readonly next: string | null }): Promise<void> {
    let page = first ?? (await rowsAfter(environment, migration, plan_hash, undefined));
    for (;;) {
      windows.addRows(plan_hash, page.rows.map((row) => ({ ...row, full_name: names.get(row.email) ?? null })));
      if (page.next === null) break;
      page = await rowsAfter(environment, migration, plan_hash, page.next);
    }
    windows.completePlan(plan_hash);
  }

  async function load(migration: string, planHash: string): Promise<void> {
    if (windows.hasPlan(planHash)) return;
    const under = loading.get(planHash);
    if (under !== undefined) return under;
    const work = (async () => {
      const environment = await environments.connect();
      const found = journaled(environment, migration, planHash);
      await bring(environment, { migration, plan_hash: planHash }, namesOf(found === undefined ? [] : recordsOfPlan(journal, found)));
    })().finally(() => loading.delete(planHash));
    loading.set(planHash, work);
    return work;
  }

  /** A plan that another operator made: what the server says of it. */
  async function fromServer(environment: ConnectedEnvironment, migration: string, planHash: string): Promise<Plan> {
    const { items } = await environment.read(listRuns, { params: {}, query: { migration, limit: PAGE } });
    const run = items.find((one) => one.kind === 'dry_run' && one.plan_hash === planHash);
    await load(migration, planHash);
    const summary = summarizePlan(windows.rows(planHash));
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
      decisions: [],
      summary,
      planned_at: run?.created_at ?? parts.clock().toISOString(),
    };
  }

  return {
    dryRun: plan,
    journaled,
    load,
    async get(migration, planHash) {
      const environment = await environments.connect();
      return journaled(environment, migration, planHash)?.plan ?? fromServer(environment, migration, planHash);
    },
    async nameOnlyRows(migration, planHash) {
      await load(migration, planHash);
      return [...windows.choices(planHash)].filter(isNameOnlyWrite);
    },
    newest: (environment, migration) => newestPlan(journal, environment, ({ plan: made }) => made.migration === migration && made.only === null),
  };
}

function namesOf(records: Iterable<CohortRecord>): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { email, full_name } of records) names.set(email, full_name);
  return names;
}

async function rowsAfter(environment: ConnectedEnvironment, migration: string, planHash: string, after: string | undefined): Promise<{ readonly rows: readonly PlanRow[]; readonly next: string | null }> {
  const { items, next_cursor: next } = await environment.read(listPlanRows, { params: { id: migration, plan_hash: planHash }, query: { limit: PAGE, ...(after === undefined ? {} : { after }) } });
  return { rows: items, next };
}
