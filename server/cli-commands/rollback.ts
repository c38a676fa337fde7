import { setTimeout as wait } from 'node:timers/promises';
import { Command } from 'commander';
import { foldEmail } from '../../shared/core/email.ts';
import type { RollbackPreview } from '../../shared/contract/admin/rollback.ts';
import { exitCodeOfRun, exitCodes } from '../../shared/core/exit-code.ts';
import { isEnded } from '../../shared/core/run-state.ts';
import { declareEnvironment } from '../config/declare.ts';
import type { ServerConfig } from '../config/server-config.ts';
import { runBatch } from '../engine/batch.ts';
import { beginRollback, preview, type RollbackOrder } from '../engine/begin-rollback.ts';
import { weighRollback } from '../engine/rollback-approval.ts';
import { findRun, type StoredRun } from '../engine/run-store.ts';
import { audit } from '../guards/audit.ts';
import { Refusal } from '../guards/refusal.ts';
import { holdMigration } from '../routes/gates-before-writing.ts';
import { previewShown } from '../routes/rollback.ts';
import type { AdminTx, Store } from '../store/store.ts';
import { auditCommand } from './audit-command.ts';
import { commandLineActor, type CommandContext, withStore } from './command-context.ts';
import { Declined } from './declined.ts';
import { printResult } from './print-result.ts';
import { UsageError } from './usage-error.ts';

type RollbackFlags = { readonly user: readonly string[]; readonly all?: boolean; readonly yes?: boolean };

const SHOWN_ITEMS = 50;
/** Where a server beside this one has taken the run, it is looked at this often. */
const LOOK_AGAIN_MS = 300;

/**
 * `rollback MIGRATION (--user E or --all) [--yes]` (A20): the same preview, gates and batches as through the API, for the
 * server's own machine. With the embedded database the server must be down; with PostgreSQL it works beside running ones.
 */
export function rollbackCommand(context: CommandContext): Command {
  return new Command('rollback')
    .description('Put customers back to before a migration: shows what it would do, and does it with --yes')
    .argument('<migration>')
    .option('--user <email>', 'this customer; may be given many times', (email: string, before: readonly string[]) => [...before, folded(email)], [])
    .option('--all', 'everybody whom the migration has written')
    .option('--yes', 'do it')
    .addHelpText('after', '\nWithout --yes it only shows, and gives the hash that policy may ask an approval of.\nEnds with 0, 2 when somebody was kept or a row failed, 3 when a gate, a policy or you refused it or the run stands paused.\n\nExamples:\n  drydock-server rollback 2025-08-09 --user ann@example.org\n  drydock-server rollback 2025-08-09 --all --yes')
    .action(async (migrationId: string, flags: RollbackFlags) => {
      if ((flags.user.length === 0) === (flags.all !== true)) throw new UsageError('say whom to put back: --user with an address, once or more, or --all');
      const selection = flags.all === true ? ({ all: true } as const) : { emails: flags.user };
      const outcome = await withStore(context, 'check', async (store, config): Promise<Outcome> => {
        const order: RollbackOrder = { environmentId: config.environment.id, migrationId, selection, policy: config.policy, sub: `${commandLineActor}:${context.osUser()}` };
        const plan = await entered(store, config, order, context, async (tx) => {
          const previewed = await preview(tx, order);
          return { result: previewed, detail: { rollback_hash: previewed.rollbackHash, preview: true } };
        });
        const shown = await store.inReadTx(async (tx) => previewShown(tx, plan, (await weighRollback(tx, config.policy, plan)).needsApproval));
        const lines = previewLines(shown);
        if (!context.json) for (const line of lines) context.print(line);
        if (flags.yes !== true) {
          const question = `Put ${plan.counts.reverted} people back? [y/N] `;
          // With --json the only document on stdout is the last; whoever is asked reads the preview with the question.
          const answer = await context.ask(context.json ? [...lines, question].join('\n') : question);
          if (answer === null) return { kind: 'previewed', shown };
          if (!/^y(es)?$/i.test(answer)) throw new Declined('Nothing was put back.');
        }
        const { runId } = await entered(store, config, order, context, async (tx) => {
          await holdMigration(tx, migrationId);
          const begun = await beginRollback(tx, order, { rollbackHash: plan.rollbackHash, rowsPerSecond: null });
          return { result: begun, detail: { run_id: begun.runId, rollback_hash: plan.rollbackHash } };
        });
        return { kind: 'run', run: await toTheEnd(store, runId), rollbackHash: plan.rollbackHash };
      });
      tell(context, outcome);
    });
}

type Outcome = { readonly kind: 'previewed'; readonly shown: RollbackPreview } | { readonly kind: 'run'; readonly run: StoredRun; readonly rollbackHash: string };

function tell(context: CommandContext, outcome: Outcome): void {
  if (outcome.kind === 'previewed') {
    printResult(context, outcome.shown, ['Nothing was put back yet. Give --yes to do it.']);
    return context.endsWith(outcome.shown.counts.kept_changed_since > 0 ? exitCodes.rowsLeftOut : exitCodes.done);
  }
  const { run, rollbackHash } = outcome;
  const { reverted, kept_changed_since: kept, nothing_to_revert: nothing, failed } = run.counts;
  printResult(context, { run_id: run.id, state: run.state, counts: run.counts, rollback_hash: rollbackHash }, [
    `Rollback ${run.id}: ${run.state}. ${reverted} put back, ${kept} kept because they have changed since, ${nothing} had nothing to put back, ${failed} failed.`,
    ...(run.state === 'paused' ? [`It is not done: it was paused. "drydock resume ${run.id}" goes on.`] : []),
  ]);
  return context.endsWith(exitCodeOfRun(run.state, run.counts));
}

function folded(text: string): string {
  const email = foldEmail(text);
  if (!email.ok) throw new UsageError(`"${text.slice(0, 80)}" is no e-mail address`);
  return email.email;
}

/** One step in a transaction with its audit entry; a refusal is entered too, by itself. */
async function entered<Result>(
  store: Store,
  config: ServerConfig,
  { migrationId, sub }: RollbackOrder,
  context: CommandContext,
  work: (tx: AdminTx) => Promise<{ readonly result: Result; readonly detail: Readonly<Record<string, string | boolean>> }>,
): Promise<Result> {
  try {
    return await store.inAdminTx(async (tx) => {
      await declareEnvironment(tx, config);
      const known = await tx.selectFrom('migrations').select(['id', 'purged_at']).where('id', '=', migrationId).executeTakeFirst();
      if (known === undefined) throw new UsageError(`there is no migration ${migrationId} in this environment`);
      if (known.purged_at !== null) throw new Refusal('migration_purged');
      const { result, detail } = await work(tx);
      await auditCommand(tx, context, { command: 'rollback', migrationId, detail });
      return result;
    });
  } catch (error) {
    if (error instanceof Refusal) {
      const refused = { sub, jti: undefined, method: 'COMMAND', route: 'rollback', status: error.status, code: error.code, migrationId, runId: undefined, requestId: context.newId(), address: 'local' };
      await store.inAdminTx(async (tx) => audit(tx, refused));
    }
    throw error;
  }
}

function previewLines({ rollback_hash: hash, counts, items, approval_needed: isApprovalNeeded }: RollbackPreview): readonly string[] {
  const { reverted, kept_changed_since: kept, nothing_to_revert: nothing } = counts;
  const shown = items.slice(0, SHOWN_ITEMS);
  const more = reverted + kept + nothing - shown.length;
  return [
    `Rollback ${hash}: ${reverted} to put back, ${kept} kept because they have changed since, ${nothing} with nothing to put back.`,
    ...shown.map((item) => `  ${item.outcome.padEnd(18)} ${item.email}${item.reason === undefined ? '' : `  ${item.reason}`}`),
    ...(more > 0 ? [`  and ${more} more`] : []),
    ...(isApprovalNeeded ? ['Policy asks for an approval of this hash first.'] : []),
  ];
}

/** Takes the batches itself, or waits where a server beside it has them. */
async function toTheEnd(store: Store, runId: string): Promise<StoredRun> {
  for (;;) {
    const end = await runBatch(store, runId);
    const run = await store.inReadTx(async (tx) => findRun(tx, runId));
    if (run === undefined) throw new Error('A run is gone.');
    if (isEnded(run.state) || run.state === 'paused' || run.state === 'halted') return run;
    if (end?.goesOn !== true) await wait(LOOK_AGAIN_MS);
  }
}
