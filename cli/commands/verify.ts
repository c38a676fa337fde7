import type { Command } from 'commander';
import { type CommandContext, type RunCommand, withOperator } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { wholeNumber } from '../options.ts';
import { counted, grouped, printResult } from '../print.ts';
import { UsageError } from '../usage-error.ts';

type VerifyFlags = { sample?: number; seed?: string };

const HELP = `
The server reads back what the run says it wrote and compares it with what is there.
A customer who has set a password since counts as good. The seed makes a sample
repeatable: the same run, number and seed are the same people.

Example:
  $ drydock verify RUN
  $ drydock verify RUN --sample 100 --seed 7

Ends with 0, or 2 when something differs.`;

/** `drydock verify RUN`. */
export function addVerifyCommand(program: Command, run: RunCommand): void {
  program
    .command('verify')
    .description('read back what a run wrote and compare')
    .argument('<run>', 'its id')
    .option('--sample <n>', 'only so many rows, drawn by the seed', wholeNumber)
    .option('--seed <s>', 'what the sample is drawn by')
    .addHelpText('after', HELP)
    .action((runId: string, flags: VerifyFlags) => run((context) => verify(context, runId, flags)));
}

async function verify(context: CommandContext, runId: string, { sample, seed }: VerifyFlags): Promise<ExitCode> {
  if ((sample === undefined) !== (seed === undefined)) throw new UsageError('A sample needs both --sample and --seed: without a seed nobody could draw the same one again.');
  if (sample === 0) throw new UsageError('A sample of nobody says nothing.');
  return withOperator(context, async ({ client }) => {
    const found = await client.call('runs.verify', { run_id: runId, ...(sample === undefined || seed === undefined ? {} : { sample: { size: sample, seed } }) });
    const { no_change: same, drifted } = found.counts;
    printResult(context, found, [
      `${grouped(same + drifted)} of ${counted(found.rows_written, 'row')} that the run wrote were read back: ${grouped(same)} as it left them, ${grouped(drifted)} different.`,
      ...found.differences.flatMap((item) => (item.outcome === 'drifted' ? [`  row ${String(item.row)}  ${item.email}  ${item.reason ?? ''} (${Object.keys(item.now).join(', ')})`] : [])),
      ...(drifted > found.differences.length ? [`  and ${grouped(drifted - found.differences.length)} more: drydock status ${found.run_id}`] : []),
      '',
      `Next: drydock report export ${runId} --out DIR`,
    ]);
    return drifted > 0 ? exitCodes.rowsLeftOut : exitCodes.done;
  });
}
