import { z } from 'zod';
import { endpoints } from '../../shared/contract/admin/endpoints.ts';
import { type Migration, migrationSchema } from '../../shared/contract/admin/migrations.ts';
import { type AdminSession, adminSessionSchema } from '../../shared/contract/admin/session.ts';
import type { Endpoint } from '../../shared/contract/admin/endpoint.ts';
import { requestPath } from '../admin-api/request-path.ts';
import { problem } from '../problems.ts';
import { isMadeUp, madeUpPeople } from './made-up-people.ts';
import { createRawHttp, type RawHttp } from './raw-http.ts';
import { putBackTrial } from './put-back.ts';
import { codeOf, createTrial, said, type Tokens, type Trial } from './trial.ts';
import { type StepName, walkTheWay } from './way.ts';
import { type ClauseResult, createVerdicts, TrialInterrupted } from './verdicts.ts';

const ROWS_PER_SECOND = 4;

export type ConformanceOptions = {
  readonly baseUrl: string;
  /** Undefined: the only one of the environment. */
  readonly migrationId: string | undefined;
  readonly tokens: Tokens;
  readonly temporaryPassword: string;
  readonly knownName: string | undefined;
  /** The person has said that a production environment may be written to. */
  readonly mayWriteProduction: boolean;
  /** The person has said that the migration may be bound to the trial's cohort, whatever it was bound to. */
  readonly mayRebind: boolean;
  /** One step, with those that it goes on from; the rest is told as not checked. All of them unless given. */
  readonly only?: StepName | undefined;
  /** The pace of the runs that are watched; for tests. */
  readonly rowsPerSecond?: number;
  /** Cryptographically strong. */
  readonly randomBytes: (count: number) => Uint8Array;
  /** Hears of each clause that is about to be looked at. */
  readonly progress: (title: string) => void;
  /** Ends the trial before the next clause; what it has changed is put back then. */
  readonly interrupted?: AbortSignal;
};

export type ConformanceDocument = {
  readonly environment: { readonly id: string; readonly name: string; readonly kind: string };
  readonly migration: string;
  readonly holds: number;
  readonly broken: number;
  readonly not_checked: number;
  readonly clauses: readonly ClauseResult[];
  /** What the trial leaves behind, in sentences. */
  readonly stays: readonly string[];
};

/**
 * Is this admin API a Drydock admin API (N6)? Goes the whole way of a migration over HTTP alone, with people whom
 * nobody has, and says clause by clause what holds. Looks into no database and assumes nothing beyond the contract.
 * @throws OperatorError before anything was written: no such migration, flag off, a token that may not write, a
 * production environment or somebody else's cohort without the person's word
 * @throws TrialInterrupted once what was changed is put back, as far as it can be
 */
export async function runConformance(options: ConformanceOptions): Promise<ConformanceDocument> {
  const probe = createRawHttp(options.baseUrl, () => undefined);
  const begun = await readBeginning(probe, options).finally(() => probe.close());
  const verdicts = createVerdicts(options.progress, options.interrupted);
  const trial = createTrial({
    baseUrl: options.baseUrl,
    tokens: { ...options.tokens, approver: begun.approver === undefined ? undefined : options.tokens.approver },
    verdicts,
    people: madeUpPeople(markOf(options.randomBytes)),
    migration: begun.migration,
    session: begun.session,
    approver: begun.approver,
    hasReader: options.tokens.reader !== undefined,
    temporaryPassword: options.temporaryPassword,
    knownName: options.knownName,
    rowsPerSecond: options.rowsPerSecond ?? ROWS_PER_SECOND,
    randomBytes: options.randomBytes,
  });
  try {
    await walkTheWay(trial, options.only);
    const clauses = verdicts.results();
    const count = (verdict: ClauseResult['verdict']): number => clauses.filter((clause) => clause.verdict === verdict).length;
    return { environment: begun.session.environment, migration: begun.migration.id, holds: count('holds'), broken: count('broken'), not_checked: count('not_checked'), clauses, stays: staysBehind(trial) };
  } catch (thrown) {
    if (!(thrown instanceof TrialInterrupted)) throw thrown;
    options.progress('Putting the made-up people back');
    throw new TrialInterrupted((await putBackTrial(trial)).join(' '));
  } finally {
    trial.http.close();
  }
}

function staysBehind({ people, migration }: Trial): string[] {
  return [
    `Cohorts, plans, runs, decisions and audit entries of people under ${people.mark}.conformance.invalid stay on record, as they must.`,
    `Journal heads named conformance-${people.mark} and conformance-keys-${people.mark}, and two revoked report keys, stay listed.`,
    `The migration ${migration.id} may now be bound to the cohort of this trial; an approver binds it to another by approving a plan of that one.`,
  ];
}

type Beginning = { readonly session: AdminSession; readonly approver: AdminSession | undefined; readonly migration: Migration };

async function readBeginning(http: RawHttp, options: ConformanceOptions): Promise<Beginning> {
  const { tokens } = options;
  const session = await sessionOf(http, tokens.operator);
  const approver = tokens.approver === undefined ? undefined : await sessionOf(http, tokens.approver);
  if (!session.scopes.includes('migration:write')) throw problem('insufficient_scope', 'The token may not write', 'The check makes up people of its own and takes them the whole way, so it needs a token with migration:write. Nothing was sent but questions.');
  if (approver !== undefined && !approver.scopes.includes('migration:approve')) throw problem('insufficient_scope', 'The approver’s token may not approve', 'DRYDOCK_APPROVER_TOKEN must carry migration:approve. Nothing was sent but questions.');
  if (session.environment.kind === 'production' && !options.mayWriteProduction) {
    throw problem('conformance_in_production', `${session.environment.name} is a production environment`, 'The check writes made-up people there. It is better run on a copy; add --yes-in-production to run it all the same. Nothing was written.');
  }
  const { items } = z.object({ items: z.array(migrationSchema) }).parse(await ask(http, endpoints.listMigrations, tokens.operator));
  const migration = options.migrationId === undefined && items.length === 1 ? items[0] : items.find(({ id }) => id === options.migrationId);
  if (migration === undefined) throw problem('unknown_migration', options.migrationId === undefined ? 'Name the migration to use' : `There is no migration ${options.migrationId}`, `This environment has ${items.map(({ id }) => id).join(', ') || 'none'}: say which with --migration. Nothing was written.`);
  if (!migration.flag.enabled) throw problem('feature_disabled', `The flag ${migration.flag.name} is off`, 'Have it switched on for the time of the check. Nothing was written.');
  if (session.environment.kind !== 'practice' && !options.mayRebind) await refuseMigrationInUse(http, tokens.operator, migration);
  return { session, approver, migration };
}

/** A migration with members who are not made up is at work for somebody. In practice everybody is made up. */
async function refuseMigrationInUse(http: RawHttp, token: string, migration: Migration): Promise<void> {
  const reply = await ask(http, endpoints.listMembers, token, { id: migration.id }, { limit: '1000' });
  const { items } = z.object({ items: z.array(z.object({ email: z.string() })) }).parse(reply);
  if (items.every(({ email }) => isMadeUp(email))) return;
  throw problem('cohort_not_bound', `The migration ${migration.id} has members of somebody else`, 'The check would bind it to a cohort of its own. Name a migration that is there for the check, or add --rebind if nobody needs it as it is. Nothing was written.');
}

async function sessionOf(http: RawHttp, token: string): Promise<AdminSession> {
  return adminSessionSchema.parse(await ask(http, endpoints.getSession, token));
}

async function ask(http: RawHttp, endpoint: Endpoint, token: string, params: Readonly<Record<string, string>> = {}, query: Readonly<Record<string, string>> = {}): Promise<unknown> {
  const answer = await http.send({ method: endpoint.method, path: requestPath(endpoint.path, params, query), headers: { Authorization: `Bearer ${token}` } }).catch(() => {
    throw problem('unreachable', 'The environment does not answer', 'Check its address, and that it runs. Nothing was written.');
  });
  if (answer.status === 200 && endpoint.reply.safeParse(answer.json).success) return answer.json;
  const code = codeOf(answer);
  if (code !== undefined) throw problem(code, 'The environment refused the first question', `${said(answer)}. Nothing was written.`);
  throw problem('not_an_admin_api', 'This does not answer as an admin API', `${said(answer)}, in a form that is not the contract’s. Nothing was written.`);
}

function markOf(randomBytes: (count: number) => Uint8Array): string {
  return Array.from(randomBytes(10), (byte) => (byte % 36).toString(36)).join('');
}
