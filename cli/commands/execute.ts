import type { Command } from 'commander';
import { type CommandContext, type RunCommand, withOperator } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { findPlan } from '../find-plan.ts';
import { orInterrupted } from '../interrupted.ts';
import { emailsOption, percent, planHash, positiveNumber, share, wholeNumber } from '../options.ts';
import { printResult } from '../print.ts';
import { describeRun } from '../run-lines.ts';
import { exitCodeAfterWatching, watchRun } from '../watch-run.ts';

type ExecuteFlags = {
  stage?: number;
  rate?: number;
  failureThreshold?: number;
  retryFailed?: boolean;
  ack?: string[];
  ackNameMatches?: number;
  confirm?: string;
  detach?: boolean;
  migration?: string;
};

const HELP = `
The server plans the whole cohort again first; rows that have changed since are listed as
drifted and left alone. Stages are cumulative: 5% first, then 25%, then 100%. Every match
by name only must be acknowledged: by address with --ack, or all at once by stating their
exact number in the whole plan with --ack-name-matches. Production asks for --confirm with
the cohort tag. Ctrl-C stops watching; the run goes on.

A run halts when more than --failure-threshold of its rows have failed (5% unless stated);
after "drydock resume" only new failures count. --retry-failed begins a new run over the
failed rows alone. Every gate is passed again: an approval that the first run has spent must
be given again.

Example:
  $ drydock execute PLAN_HASH --stage 5% --ack-name-matches 3
  $ drydock execute PLAN_HASH --ack-name-matches 3 --confirm 2025-08-09-csv
  $ drydock execute PLAN_HASH --retry-failed --ack-name-matches 3

Ends with 0, 2 when rows were skipped, drifted or failed, 1 when the run failed, was
stopped or halted, 3 when a gate or policy refused it, or when it stands paused half way,
by a person or by the flag: "drydock resume RUN" goes on. Ctrl-C before it has begun
begins nothing.`;

/** `drydock execute PLAN_HASH`. */
export function addExecuteCommand(program: Command, run: RunCommand): void {
  program
    .command('execute')
    .description('execute an approved plan, whole or a stage of it, and watch it')
    .argument('<plan-hash>', 'as dry-run printed it', planHash)
    .option('--stage <percent>', 'go as far as this share of the rows, for example 5%', percent)
    .option('--rate <n>', 'rows a second at most', positiveNumber)
    .option('--failure-threshold <share>', 'halt when more than this share of the rows has failed, for example 2%', share)
    .option('--retry-failed', 'only the rows that failed in earlier executions of this plan')
    .addOption(emailsOption('--ack <email>', 'acknowledge a match by name only'))
    .option('--ack-name-matches <n>', 'acknowledge all of them, stating how many the plan has', wholeNumber)
    .option('--confirm <tag>', 'the cohort tag, where the environment asks for it')
    .option('--detach', 'start and do not wait')
    .option('--migration <id>', 'the migration of the plan, where it is not to be looked up')
    .addHelpText('after', HELP)
    .action((hash: string, flags: ExecuteFlags) => run((context) => execute(context, hash, flags), 'finish'));
}

async function execute(context: CommandContext, hash: string, flags: ExecuteFlags): Promise<ExitCode> {
  return withOperator(context, async ({ client }) => {
    const { migration } = await orInterrupted(context.terminal, findPlan(client, hash, flags.migration));
    const { run_id: runId } = await client.call('runs.execute', {
      migration,
      plan_hash: hash,
      ...(flags.stage === undefined ? {} : { stage_percent: flags.stage }),
      ...(flags.rate === undefined ? {} : { rows_per_second: flags.rate }),
      ...(flags.failureThreshold === undefined ? {} : { failure_threshold: flags.failureThreshold }),
      ...(flags.retryFailed === true ? { retry_failed: true } : {}),
      ...(flags.ack === undefined ? {} : { acknowledged: flags.ack }),
      ...(flags.ackNameMatches === undefined ? {} : { acknowledge_name_matches: flags.ackNameMatches }),
      ...(flags.confirm === undefined ? {} : { confirm_tag: flags.confirm }),
    });
    const first = await client.call('runs.get', { run_id: runId });
    const last = flags.detach === true ? first : await watchRun(context, client, first);
    const { run } = last;
    printResult(context, { run_id: run.run_id, state: run.state, counts: run.counts }, describeRun(last));
    if (flags.detach === true) return exitCodes.done;
    return exitCodeAfterWatching(last);
  });
}
