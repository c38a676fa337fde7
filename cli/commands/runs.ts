import { type Command, Option } from 'commander';
import type { RunSelection } from '../../shared/contract/operator/runs.ts';
import { runKindSchema } from '../../shared/core/run-kind.ts';
import { runStateSchema } from '../../shared/core/run-state.ts';
import { type CommandContext, type RunCommand, withOperator } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { printResult, table } from '../print.ts';
import { describeRun } from '../run-lines.ts';

const RUNS_HELP = `
Example:
  $ drydock runs
  $ drydock runs --migration 2025-08-09 --json
  $ drydock runs --kind execution --search customers.csv`;

/** `drydock runs`, `status RUN`, and what a person may ask of a run. */
export function addRunCommands(program: Command, run: RunCommand): void {
  program
    .command('runs')
    .description('list the runs, newest first')
    .option('--migration <id>', 'of this migration alone')
    .addOption(new Option('--kind <kind>', 'of this kind alone').choices(runKindSchema.options))
    .addOption(new Option('--state <state>', 'in this state alone').choices(runStateSchema.options))
    .option('--who <sub>', 'that this person asked for')
    .option('--search <text>', 'with this in the id, plan, file, migration or message')
    .addHelpText('after', RUNS_HELP)
    .action((flags: RunFlags) => run((context) => list(context, flags)));
  program
    .command('status')
    .description('where a run stands')
    .argument('<run>', 'its id')
    .addHelpText('after', '\nExample:\n  $ drydock status RUN --json')
    .action((runId: string) => run((context) => about(context, 'runs.get', runId)));
  program
    .command('pause')
    .description('ask a run to pause after its batch')
    .argument('<run>', 'its id')
    .addHelpText('after', '\nExample:\n  $ drydock pause RUN\n  $ drydock resume RUN')
    .action((runId: string) => run((context) => about(context, 'runs.pause', runId)));
  program
    .command('resume')
    .description('go on with a paused or halted run')
    .argument('<run>', 'its id')
    .addHelpText('after', '\nExample:\n  $ drydock resume RUN')
    .action((runId: string) => run((context) => about(context, 'runs.resume', runId)));
  program
    .command('stop')
    .description('end a run after its batch; what is done stays done')
    .argument('<run>', 'its id')
    .addHelpText('after', '\nExample:\n  $ drydock stop RUN')
    .action((runId: string) => run((context) => about(context, 'runs.stop', runId)));
}

type RunFlags = Pick<RunSelection, 'migration' | 'kind' | 'state' | 'who'> & { readonly search?: string };

async function list(context: CommandContext, { search, ...flags }: RunFlags): Promise<ExitCode> {
  return withOperator(context, async ({ client }) => {
    const { items, offline } = await client.call('runs.list', { ...flags, ...(search === undefined ? {} : { q: search }) });
    const rows = items.map(({ run, environment }) => [run.run_id, run.kind, run.state, `${run.rows_done}/${run.rows_total}`, environment, run.migration, run.created_at, run.requested_by]);
    const isNarrowed = search !== undefined || Object.keys(flags).length > 0;
    const lines = rows.length > 0 ? table(rows) : isNarrowed ? ['No run is like that.'] : ['No runs yet.', 'Next: drydock dry-run FILE --migration ID'];
    const remark = offline ? ['', 'The server cannot be reached: these are the runs that the journal knows.'] : [];
    printResult(context, { items: items.map(({ run, ...rest }) => ({ ...run, ...rest })), next_cursor: null, offline }, [...lines, ...remark]);
    return exitCodes.done;
  });
}

async function about(context: CommandContext, call: 'runs.get' | 'runs.pause' | 'runs.resume' | 'runs.stop', runId: string): Promise<ExitCode> {
  return withOperator(context, async ({ client }) => {
    const { run, ...rest } = await client.call(call, { run_id: runId });
    printResult(context, { ...run, ...rest }, describeRun({ run, ...rest }));
    return exitCodes.done;
  });
}
