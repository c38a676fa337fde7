import type { ErasePreview } from '../../shared/contract/operator/journal.ts';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import { type CommandContext, withOperator } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { orInterrupted } from '../interrupted.ts';
import { counted, printResult, table } from '../print.ts';
import { UsageError } from '../usage-error.ts';

export const ERASE_HELP = `
Destroys the keys that a run's personal data is sealed with, in this journal and in every
backup of it. Runs of the same people lose them too: they are listed first. The entries
stay, and the chain still verifies. Exported reports are out of reach; they are listed
with where they lie. There is no way back. Without a terminal nothing is asked: give --yes.

Example:
  $ drydock journal erase RUN

Ends with 0 (nothing left to erase included), 3 when you said no, while a run of these
people is under way, or while a call about them has no known outcome.`;

/** `drydock journal erase RUN [--yes]`. */
export async function erase(context: CommandContext, runId: string, flags: { yes?: boolean }): Promise<ExitCode> {
  if (flags.yes !== true && context.terminal.ask === undefined) throw new UsageError('There is no terminal to ask at. Give --yes to erase without being asked.');
  return withOperator(context, async ({ client }) => {
    const preview = await client.call('journal.previewErase', { run_id: runId });
    if (preview.keys === 0) {
      printResult(context, await client.call('journal.erase', { run_id: runId }), ['Nothing is left to erase of these people.', ...reportLines(preview)]);
      return exitCodes.done;
    }
    if (!context.json) context.terminal.err(`${consequences(preview).join('\n')}\n`);
    if (flags.yes !== true && !(await orInterrupted(context.terminal, isConfirmed(context, preview)))) throw declined();
    const done = await client.call('journal.erase', { run_id: runId });
    printResult(context, done, [`Erased: the people of ${counted(done.runs.length, 'run')}, in ${counted(done.sealed_entries, 'entry', 'entries')}. The chain still verifies.`, ...reportLines(done)]);
    return exitCodes.done;
  });
}

function consequences(preview: ErasePreview): string[] {
  return [
    `Erasing the people of ${preview.run_id} makes ${counted(preview.sealed_entries, 'entry', 'entries')} unreadable, for good.`,
    ...(preview.runs.length < 2 ? [] : ['These runs are of the same people and lose them too:', ...table(preview.runs.map(({ run_id, kind, state }) => [`  ${run_id}`, (kind ?? 'run').replaceAll('_', ' '), (state ?? '').replaceAll('_', ' ')]))]),
    'What stays: every entry with its time, kind and counts, and what the server keeps.',
    ...reportLines(preview),
  ];
}

function reportLines({ reports }: ErasePreview): string[] {
  return reports.length === 0 ? [] : ['Exported reports are out of reach and still hold them:', ...reports.map(({ folder, redacted }) => `  ${folder}${redacted ? ' (redacted)' : ''}`)];
}

async function isConfirmed(context: CommandContext, { runs }: ErasePreview): Promise<boolean> {
  const answer = await context.terminal.ask?.(`Erase the people of ${counted(runs.length, 'run')} for good? [y/N] `);
  return /^y(es)?$/i.test(answer?.trim() ?? '');
}

function declined(): OperatorError {
  return new OperatorError({ code: 'not_confirmed', title: 'Nothing was erased', detail: 'It was not answered with yes. Run it again to be asked again, or give --yes.', request_id: null });
}
