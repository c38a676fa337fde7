import { listMigrations } from '../../shared/contract/admin/migrations.ts';
import { listRollbackItems, rollBack } from '../../shared/contract/admin/rollback.ts';
import { getRun } from '../../shared/contract/admin/runs.ts';
import { verifyRun } from '../../shared/contract/admin/verification.ts';
import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import type { OperatorParts } from '../parts.ts';
import { problem, problemOf } from '../problems.ts';
import type { RunMirror } from '../runs/run-mirror.ts';

type RollbackHandlers = Pick<Handlers, 'rollback.preview' | 'rollback.listItems' | 'rollback.start' | 'rollback.find' | 'runs.verify'>;
type Whom = { readonly emails?: readonly string[] | undefined; readonly all?: true | undefined };

/** A million people are looked at one page at a time on the server; that takes minutes, not seconds. */
const LONG_TIMEOUT_MS = 1_800_000;
const PAGE = '1000';

/** Putting customers back (A20), and reading back what a run wrote: previewed and begun here, watched like any other run. */
export function createRollbackHandlers({ environments, journal }: OperatorParts, mirror: RunMirror): RollbackHandlers {
  return {
    'rollback.preview': async ({ migration, emails, all }) => {
      const environment = await environments.connect();
      const reply = await environment.write(rollBack, {
        params: { id: migration },
        body: { ...selectionOf({ emails, all }), preview: true },
        scope: journal.newScope(),
        note: { migration, preview: true },
        timeoutMs: LONG_TIMEOUT_MS,
      });
      if ('rollback_hash' in reply) return reply;
      throw problem('not_understood', 'The server answered something else', 'It began a run where a preview was asked for. "drydock runs" shows it.');
    },
    'rollback.listItems': async ({ migration, rollback_hash, after }) => {
      const environment = await environments.connect();
      return environment.read(listRollbackItems, { params: { id: migration, rollback_hash }, query: { limit: PAGE, ...(after === undefined ? {} : { after }) } });
    },
    'rollback.start': async ({ migration, emails, all, rollback_hash }) => {
      const environment = await environments.connect();
      const reply = await environment.write(rollBack, {
        params: { id: migration },
        body: { ...selectionOf({ emails, all }), preview: false, rollback_hash },
        scope: journal.newScope(),
        note: { migration, rollback_hash },
        timeoutMs: LONG_TIMEOUT_MS,
      });
      if ('run_id' in reply) return { run_id: reply.run_id };
      throw problem('not_understood', 'The server answered something else', 'It previewed where a run was asked for. Nothing was put back.');
    },
    'rollback.find': async ({ rollback_hash, migration }) => {
      const environment = await environments.connect();
      const ids = migration === undefined ? (await environment.read(listMigrations, { params: {}, query: {} })).items.map(({ id }) => id) : [migration];
      for (const id of ids) {
        try {
          await environment.read(listRollbackItems, { params: { id, rollback_hash }, query: { limit: '1' } });
          return { migration: id };
        } catch (thrown) {
          if (problemOf(thrown)?.code !== 'not_found') throw thrown;
        }
      }
      return { migration: null };
    },
    'runs.verify': async ({ run_id, sample }) => {
      const environment = await environments.connect();
      const run = await environment.read(getRun, { params: { run_id }, query: {} });
      const reply = await environment.write(verifyRun, {
        params: { id: run.migration },
        body: { run_id, ...(sample === undefined ? {} : { sample: { ...sample } }) },
        scope: journal.scopeOfRun(run_id) ?? journal.newScope(),
        note: { migration: run.migration, verified_run_id: run_id, plan_hash: run.plan_hash },
        timeoutMs: LONG_TIMEOUT_MS,
      });
      await mirror.follow(environment, reply.run_id);
      return reply;
    },
  };
}

function selectionOf({ emails, all }: Whom): { emails: string[] } | { all: true } {
  if (all === true && emails === undefined) return { all: true };
  if (emails !== undefined && all === undefined) return { emails: [...emails] };
  throw problem('usage', 'Say whom to put back', 'Name customers, or all of them, and not both.');
}
