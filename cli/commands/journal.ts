import type { Command } from 'commander';
import { type CommandContext, type RunCommand, withOperator } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { wholeNumber } from '../options.ts';
import { counted, grouped, printResult, table } from '../print.ts';
import { UsageError } from '../usage-error.ts';
import { ERASE_HELP, erase } from './journal-erase.ts';
import { BACKUP_HELP, EXPORT_HELP, IMPORT_HELP, backUp, exportChain, importBackup } from './journal-files.ts';

type ListFlags = { offset?: number; limit?: number; run?: string };

const LARGEST_PAGE = 1000;
const HELP = `
Every command that writes is in the journal before it is sent, chained by hashes, so that
an edit, a deletion or a truncation shows.

Example:
  $ drydock journal verify
  $ drydock journal list --limit 20`;

/** `drydock journal verify | list | export | erase | backup | import` (N3). */
export function addJournalCommand(program: Command, run: RunCommand): void {
  const journal = program.command('journal').description('the local record of everything that was done').addHelpText('after', HELP);
  journal
    .command('verify')
    .description('check the whole chain, and compare it with what the server has of it')
    .action(() => run(verify));
  journal
    .command('list')
    .description('list its entries, newest first')
    .option('--offset <n>', 'leave out the first n', wholeNumber)
    .option('--limit <n>', `at most so many, up to ${LARGEST_PAGE}`, wholeNumber)
    .option('--run <id>', 'of this run alone')
    .action((flags: ListFlags) => run((context) => list(context, flags)));
  journal
    .command('export')
    .description('print the chain as JSON lines, or write it to a new file')
    .option('--out <file>', 'the file to make')
    .option('--run <id>', 'of this run alone, with the intents of its calls')
    .addHelpText('after', EXPORT_HELP)
    .action((flags: { out?: string; run?: string }) => run((context) => exportChain(context, flags)));
  journal
    .command('erase')
    .description('destroy the personal data of a run, for good')
    .argument('<run>', 'its id')
    .option('--yes', 'do it without asking')
    .addHelpText('after', ERASE_HELP)
    .action((runId: string, flags: { yes?: boolean }) => run((context) => erase(context, runId, flags)));
  journal
    .command('backup')
    .description('copy the journal to a new file, checked')
    .argument('<file>', 'the file to make')
    .addHelpText('after', BACKUP_HELP)
    .action((file: string) => run((context) => backUp(context, file)));
  journal
    .command('import')
    .description('put a backup in the place of a journal that is lost or damaged')
    .argument('<file>', 'the backup')
    .option('--yes', 'do it without asking')
    .addHelpText('after', IMPORT_HELP)
    .action((file: string, flags: { yes?: boolean }) => run((context) => importBackup(context, file, flags)));
}

const ANCHORS = {
  agrees: 'The server has the same.',
  not_reachable: 'The server could not be asked; the chain was checked alone.',
  disagrees: 'The server has something else: this journal was changed, emptied or replaced.',
  none: 'No server has an anchor of it yet.',
} as const;

const KEY_PLACES = {
  os_key_store: 'in the key store of this machine',
  file: 'in 0600 files named secrets* under DRYDOCK_HOME',
  session_only: 'in memory, for this session alone',
} as const;

async function verify(context: CommandContext): Promise<ExitCode> {
  return withOperator(context, async ({ client }) => {
    const status = await client.call('journal.verify', {});
    const holds = status.state !== 'damaged' && status.anchor !== 'disagrees';
    printResult(context, status, [
      holds ? `The journal holds: ${counted(status.entries, 'entry', 'entries')}, each bound to the one before.` : 'The journal does NOT hold.',
      ...status.damages.map(({ seq, kind, detail }) => `  entry ${seq}  ${kind.replaceAll('_', ' ')}  ${detail}`),
      ...(status.damages_left_out === 0 ? [] : [`  and ${grouped(status.damages_left_out)} more`]),
      ...(status.detail === null ? [] : [`  ${status.detail}`]),
      `  ${ANCHORS[status.anchor]}`,
      ...(status.open_intents === 0 ? [] : [`  ${counted(status.open_intents, 'call')} without a known outcome; the next command that connects settles it.`]),
      `  head ${status.head_hash ?? 'none'}`,
      `  ${grouped(status.bytes)} bytes; the keys of its personal data: ${KEY_PLACES[status.keys]}`,
    ]);
    return holds ? exitCodes.done : exitCodes.failed;
  });
}

async function list(context: CommandContext, flags: ListFlags): Promise<ExitCode> {
  const limit = flags.limit ?? 100;
  if (limit < 1 || limit > LARGEST_PAGE) throw new UsageError(`--limit is 1 to ${LARGEST_PAGE}.`);
  return withOperator(context, async ({ client }) => {
    const offset = flags.offset ?? 0;
    const { items, total } = await client.call('journal.list', { offset, limit, ...(flags.run === undefined ? {} : { run_id: flags.run }) });
    const next = offset + items.length < total ? String(offset + items.length) : null;
    const more = next === null ? [] : ['', `${counted(total, 'entry', 'entries')} in all. Next: drydock journal list --offset ${next}`];
    printResult(context, { items, next_cursor: next, total }, [...table(items.map(({ seq, at, kind, title }) => [String(seq), at ?? '', kind, title])), ...more]);
    return exitCodes.done;
  });
}
