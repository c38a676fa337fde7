import { homedir } from 'node:os';
import { basename, resolve } from 'node:path';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import { createFileSecretStore } from '../../operator/environments/file-secret-store.ts';
import { homeFolder } from '../../operator/hosts/home-folder.ts';
import { exportedEntries, exportedLine } from '../../operator/journal/export-lines.ts';
import { type PreparedImport, prepareImport } from '../../operator/journal/import-journal.ts';
import { type CommandContext, withOperator } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { orInterrupted } from '../interrupted.ts';
import { counted, grouped, printResult } from '../print.ts';
import { UsageError } from '../usage-error.ts';

export const BACKUP_HELP = `
One file, its owner's alone, whose chain was checked before it got its name. The keys that
personal data is sealed with are not in it: keep DRYDOCK_HOME's secrets* files, or the key
store of the machine, apart from it, or the data in it cannot be read. A run that is erased
is erased in every backup.

Example:
  $ drydock journal backup journal-2025-08-09.sqlite`;

export const IMPORT_HELP = `
Only in the place of a journal that is missing, empty or damaged, or that the backup
continues. The former file is kept beside it. Where entries will be missing it says which
ones first: "journal verify" goes on showing them, and the server refuses to go on under
such a journal. It is for reading then; go on under another DRYDOCK_HOME.

Where Drydock's window keeps its keys in the key store of this machine, the marks of the
entries cannot be checked here: start the window afterwards, and it says whether they hold.

Example:
  $ drydock journal import journal-2025-08-09.sqlite`;

export const EXPORT_HELP = `
One entry a line, in order: seq, kind, payload, prev_hash and hash, as the chain has them and
as journal.jsonl of a report does. Nothing personal is in them. With --json and no --out it is
one document, {"entries": [...]}, as long as the journal; for a long one take lines, or --out.

Example:
  $ drydock journal export --out journal.jsonl
  $ drydock journal export --run RUN | wc -l`;

/** `drydock journal export [--out FILE] [--run RUN]`. */
export async function exportChain(context: CommandContext, { out, run: runId }: { out?: string; run?: string }): Promise<ExitCode> {
  return withOperator(context, async ({ operator, client }) => {
    if (out !== undefined) {
      const path = resolve(out);
      const handle = operator.files.add({ path, fileName: basename(path), kind: 'opened' });
      const { entries, bytes } = await client.call('journal.export', { handle, ...(runId === undefined ? {} : { run_id: runId }) });
      printResult(context, { file: path, entries, bytes }, [`Exported ${counted(entries, 'entry', 'entries')} to ${path} (${counted(bytes, 'byte')}).`]);
      return exitCodes.done;
    }
    const entries = exportedEntries(operator.parts.journal, runId);
    if (context.json) context.terminal.out('{"entries":[');
    let isFirst = true;
    for (const entry of entries) {
      context.terminal.out(context.json ? `${isFirst ? '' : ','}${exportedLine(entry)}` : `${exportedLine(entry)}\n`);
      isFirst = false;
    }
    if (context.json) context.terminal.out(']}\n');
    return exitCodes.done;
  });
}

/** `drydock journal backup FILE`. */
export async function backUp(context: CommandContext, file: string): Promise<ExitCode> {
  return withOperator(context, async ({ operator, client }) => {
    const path = resolve(file);
    const handle = operator.files.add({ path, fileName: basename(path), kind: 'opened' });
    const done = await client.call('journal.backUp', { handle });
    printResult(context, { file: path, entries: done.entries, head_hash: done.head_hash, bytes: done.bytes }, [
      `Backed up ${counted(done.entries, 'entry', 'entries')} to ${path} (${counted(done.bytes, 'byte')}), checked.`,
      'Its keys are not in it: without them its personal data cannot be read.',
    ]);
    return exitCodes.done;
  });
}

/** `drydock journal import FILE`. The journal of this home may be past opening, so no operator is opened on it. */
export async function importBackup(context: CommandContext, file: string, flags: { yes?: boolean }): Promise<ExitCode> {
  if (flags.yes !== true && context.terminal.ask === undefined) throw new UsageError('There is no terminal to ask at. Give --yes to import without being asked.');
  const home = homeFolder(context.env, process.platform, homedir());
  const prepared = prepareImport(home, createFileSecretStore(home), resolve(file), new Date());
  try {
    if (!context.json) context.terminal.err(`${consequences(prepared).join('\n')}\n`);
    if (flags.yes !== true && !(await orInterrupted(context.terminal, isConfirmed(context)))) throw declined();
    const { keptAside } = prepared.putInPlace();
    printResult(context, { entries: prepared.entries, journal_id: prepared.journalId, missing: prepared.missing, kept_aside: keptAside, notes: [...prepared.notes] }, [
      `Imported ${counted(prepared.entries, 'entry', 'entries')}.`,
      ...(keptAside === null ? [] : [`The former journal is kept: ${keptAside}`]),
      'Next: drydock journal verify, which also compares it with the server.',
    ]);
    return exitCodes.done;
  } finally {
    prepared.discard();
  }
}

const REASONS: Readonly<Record<PreparedImport['inPlaceOf'], string>> = {
  missing: 'There is no journal here.',
  empty: 'The journal here is empty.',
  damaged: 'The journal here is damaged.',
  continued: 'It has every entry of the journal here.',
};

function consequences({ entries, missing, inPlaceOf, notes }: PreparedImport): string[] {
  return [
    `The backup holds ${counted(entries, 'entry', 'entries')}, checked. ${REASONS[inPlaceOf]}`,
    ...notes,
    ...(missing === null
      ? ['No later entry is known here. The server may know of some: "drydock journal verify" says so afterwards.']
      : [
          `Entries ${grouped(missing.from)} to ${grouped(missing.to)} will be missing, and "drydock journal verify" will go on showing that.`,
          'A server that knows them refuses to go on under this journal. To go on, set DRYDOCK_HOME to a new folder.',
        ]),
  ];
}

async function isConfirmed(context: CommandContext): Promise<boolean> {
  const answer = await context.terminal.ask?.('Put it in the place of the journal? [y/N] ');
  return /^y(es)?$/i.test(answer?.trim() ?? '');
}

function declined(): OperatorError {
  return new OperatorError({ code: 'not_confirmed', title: 'Nothing was imported', detail: 'It was not answered with yes. Run it again to be asked again, or give --yes.', request_id: null });
}
