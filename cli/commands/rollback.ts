import type { Command } from 'commander';
import type { OperatorClient } from '../../shared/contract/operator/client.ts';
import type { RollbackPreview } from '../../shared/contract/admin/rollback.ts';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import { type CommandContext, type RunCommand, withOperator } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { orInterrupted } from '../interrupted.ts';
import { emailsOption } from '../options.ts';
import { counted, grouped, printResult, table } from '../print.ts';
import { describeRun } from '../run-lines.ts';
import { UsageError } from '../usage-error.ts';
import { exitCodeAfterWatching, watchRun } from '../watch-run.ts';

type RollbackFlags = { migration: string; user?: string[]; all?: boolean; preview?: boolean; yes?: boolean };

type Whom = { migration: string; emails?: string[]; all?: true };

/** More lines than this nobody reads in a terminal. */
const SHOWN_ITEMS = 50;

const HELP = `
Each customer goes back whole or not at all. Whoever has set a password, or whose record
somebody changed since, is kept and listed with what was planned and what is there now.
It works while the feature flag is off. Without a terminal nothing is asked: give --yes.
Production asks for an approval of the rollback hash above a number of people:
drydock approve ROLLBACK_HASH, by another person, then the same command again.

Example:
  $ drydock rollback --migration 2025-08-09 --all --preview
  $ drydock rollback --migration 2025-08-09 --user ann@example.org --yes

Ends with 0 (nothing to put back included), 2 when somebody was kept, 3 when a gate, a
policy or you refused it, or when the run stands paused half way: "drydock resume RUN"
goes on. Ctrl-C before it has begun begins nothing.`;

/** `drydock rollback --migration ID (--user E ... or --all)`. */
export function addRollbackCommand(program: Command, run: RunCommand): void {
  program
    .command('rollback')
    .description('put customers back to before the migration, previewed first')
    .requiredOption('--migration <id>', 'the migration whose customers are put back')
    .addOption(emailsOption('--user <email>', 'this customer; may be given many times'))
    .option('--all', 'everybody whom the migration has written')
    .option('--preview', 'only show what it would do')
    .option('--yes', 'do it without asking')
    .addHelpText('after', HELP)
    .action((flags: RollbackFlags) => run((context) => rollBack(context, flags), 'finish'));
}

async function rollBack(context: CommandContext, flags: RollbackFlags): Promise<ExitCode> {
  if ((flags.user === undefined) === (flags.all !== true)) throw new UsageError('Say whom to put back: --user with an address, once or more, or --all.');
  if (flags.preview !== true && flags.yes !== true && context.terminal.ask === undefined) throw new UsageError('There is no terminal to ask at. Look at it with --preview, then give --yes.');
  const whom: Whom = { migration: flags.migration, ...(flags.user === undefined ? { all: true } : { emails: flags.user }) };
  return withOperator(context, async ({ client }) => {
    const preview = await orInterrupted(context.terminal, client.call('rollback.preview', whom));
    if (flags.preview === true) return shown(context, preview, flags);
    if (flags.yes !== true && !(await orInterrupted(context.terminal, isConfirmed(context, preview)))) throw declined();
    return begin(context, client, whom, preview);
  });
}

function shown(context: CommandContext, preview: RollbackPreview, flags: RollbackFlags): ExitCode {
  const again = `drydock rollback --migration ${flags.migration} ${flags.user === undefined ? '--all' : flags.user.map((user) => `--user ${user}`).join(' ')} --yes`;
  const next = preview.approval_needed ? [`It needs an approval: drydock approve ${preview.rollback_hash}`, `Then: ${again}`] : [`Next: ${again}`];
  printResult(context, preview, [...describePreview(preview), '', ...next]);
  return preview.counts.kept_changed_since > 0 ? exitCodes.rowsLeftOut : exitCodes.done;
}

function declined(): OperatorError {
  return new OperatorError({ code: 'not_confirmed', title: 'Nothing was put back', detail: 'It was not answered with yes. Run it again to be asked again, or give --yes.', request_id: null });
}

async function isConfirmed(context: CommandContext, preview: RollbackPreview): Promise<boolean> {
  const { terminal } = context;
  terminal.err(`${describePreview(preview).join('\n')}\n`);
  const answer = await terminal.ask?.(`Put ${counted(preview.counts.reverted, 'person', 'people')} back? [y/N] `);
  return /^y(es)?$/i.test(answer?.trim() ?? '');
}

async function begin(context: CommandContext, client: OperatorClient, whom: Whom, { rollback_hash: hash, counts }: RollbackPreview): Promise<ExitCode> {
  if (!context.json) context.terminal.err(`Putting ${counted(counts.reverted, 'person', 'people')} back.\n`);
  const { run_id: runId } = await client.call('rollback.start', { ...whom, rollback_hash: hash });
  const last = await watchRun(context, client, await client.call('runs.get', { run_id: runId }));
  const { run } = last;
  printResult(context, { run_id: run.run_id, state: run.state, counts: run.counts, rollback_hash: hash }, describeRun(last));
  return exitCodeAfterWatching(last);
}

function describePreview({ counts, items, rollback_hash: hash }: RollbackPreview): string[] {
  const { reverted, kept_changed_since: kept, nothing_to_revert: nothing } = counts;
  const unusual = items.filter(({ outcome }) => outcome !== 'nothing_to_revert').slice(0, SHOWN_ITEMS);
  const more = reverted + kept - unusual.length;
  return [
    `Rollback ${hash}`,
    ...table([
      ['  put back', reverted],
      ['  kept, changed since', kept],
      ['  nothing to put back', nothing],
    ]),
    ...unusual.map((item) => `  ${item.email}  ${wordsOf(item)}`),
    ...(more > 0 ? [`  and ${grouped(more)} more`] : []),
  ];
}

function wordsOf(item: RunItem): string {
  const fields = Object.keys(item.after ?? {}).join(', ');
  return item.outcome === 'reverted' ? `put back${item.reason === undefined ? ` (${fields})` : `: ${item.reason}`}` : `kept: ${item.reason ?? ''}`;
}
