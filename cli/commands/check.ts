import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { type CheckedCsv, checkCsv, noRoom } from '../../operator/csv/check-csv.ts';
import { rejectsCsv } from '../../operator/csv/rejects-csv.ts';
import { rejectWordings, warningWordings } from '../../shared/core/check-codes.ts';
import { accountPrepColumns } from '../../shared/playbooks/account-prep/columns.ts';
import type { CommandContext, RunCommand } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { collected, mappingOf } from '../options.ts';
import { counted, grouped, printResult, table } from '../print.ts';
import { writeNewFile } from '../new-file.ts';
import { progressLine } from '../progress.ts';

type CheckFlags = { rejects?: string; encoding?: string; delimiter?: string; map?: string[] };

/** Rows of each kind that are listed for people; `--rejects` and `--json` give all. */
const LISTED = 20;

const HELP = `
Reads the file on this machine and sends nothing. Every row is accepted, rejected
with a reason, or named a duplicate; nothing is dropped silently.

Example:
  $ drydock check people.csv
  $ drydock check export.csv --map email="Work address" --rejects rejects.csv

Ends with 0 when all rows can go on, 2 when some cannot, 1 when the file is refused.`;

/** `drydock check FILE` (A21). */
export function addCheckCommand(program: Command, run: RunCommand): void {
  program
    .command('check')
    .description('parse and validate a CSV file; say which rows can go on')
    .argument('<file>', 'the CSV file')
    .option('--rejects <out.csv>', 'write everything that cannot go on to a new CSV file')
    .option('--encoding <name>', 'utf-8, utf-16le, utf-16be or windows-1252, where it is not to be detected')
    .option('--delimiter <sign>', 'comma, semicolon, tab or pipe, where it is not to be detected')
    .option('--map <field=header>', 'which column is a field; may be given more than once', collected)
    .addHelpText('after', HELP)
    .action((file: string, flags: CheckFlags) => run((context) => check(context, file, flags), 'finish'));
}

async function check(context: CommandContext, file: string, flags: CheckFlags): Promise<ExitCode> {
  const spool = makeSpool();
  const progress = progressLine(context.terminal);
  try {
    const checked = await checkCsv({
      path: resolve(file),
      fileName: basename(file),
      folder: join(spool, 'rows'),
      columns: accountPrepColumns,
      ...(flags.encoding === undefined ? {} : { encoding: flags.encoding }),
      ...(flags.delimiter === undefined ? {} : { delimiter: flags.delimiter }),
      mapping: mappingOf(flags.map ?? []),
      signal: context.terminal.interrupted,
      onProgress: (read, total) => progress.show(`Reading ${total === 0 ? 100 : Math.floor((100 * read) / total)} %`),
    });
    progress.clear();
    if (flags.rejects !== undefined) writeNewFile(flags.rejects, rejectsCsv(checked), 'The rejects could not be written');
    if (context.json) printDocument(context, checked);
    else printResult(context, {}, describe(checked, flags.rejects));
    return exitCodeOfCheck(checked);
  } finally {
    progress.clear();
    rmSync(spool, { recursive: true, force: true });
  }
}

function makeSpool(): string {
  try {
    return mkdtempSync(join(tmpdir(), 'drydock-check-'));
  } catch (thrown) {
    throw noRoom(thrown, join(tmpdir(), 'spool')) ?? thrown;
  }
}

function exitCodeOfCheck({ summary, rejected, duplicates }: CheckedCsv): ExitCode {
  if (summary.file_error !== null) return exitCodes.failed;
  return rejected.count + duplicates.count > 0 ? exitCodes.rowsLeftOut : exitCodes.done;
}

/** Prints the document list by list: rejects can be as many as rows. */
function printDocument({ terminal }: CommandContext, { summary, rejected, duplicates, warnings }: CheckedCsv): void {
  terminal.out(JSON.stringify(summary).slice(0, -1));
  for (const [name, list] of [['rejected', rejected], ['duplicates', duplicates], ['warnings', warnings]] as const) {
    terminal.out(`,"${name}":[`);
    let text = '';
    let separator = '';
    for (const row of list.all()) {
      text += `${separator}${JSON.stringify(row)}`;
      separator = ',';
      if (text.length > 65_536) {
        terminal.out(text);
        text = '';
      }
    }
    terminal.out(`${text}]`);
  }
  terminal.out('}\n');
}

function describe(checked: CheckedCsv, rejectsPath: string | undefined): string[] {
  const { summary, rejected, duplicates, warnings } = checked;
  if (summary.file_error !== null) return [`${summary.file}: refused, nothing of it goes on.`, `  ${summary.file_error.detail}`];
  const columns = Object.entries(summary.columns).map(([field, header]) => [`  ${field}`, `"${header}"`]);
  return [
    `${summary.file}: ${grouped(summary.accepted)} of ${counted(summary.rows, 'row')} can go on`,
    ...table([
      ['  rejected', rejected.count],
      ['  duplicates', duplicates.count],
      ['  warnings', warnings.count],
      ['  blank lines', summary.blank],
    ]),
    '',
    `Read as ${summary.encoding ?? '?'}, ${delimiterName(summary.delimiter)}; columns:`,
    ...table(columns),
    ...(summary.ignored_columns.length === 0 ? [] : [`  ignored: ${summary.ignored_columns.map((name) => `"${name}"`).join(', ')}`]),
    ...listed('Rejected', rejected.count, rejected.page(0, LISTED).map((row) => [`  line ${row.line}`, row.field ?? '', row.masked, rejectWordings[row.code].reason])),
    ...listed('Duplicates', duplicates.count, duplicates.page(0, LISTED).map((row) => [`  line ${row.line}`, `same address as line ${row.kept_line}, which is kept`, row.conflicting ? 'other values differ' : ''])),
    ...listed('Warnings', warnings.count, warnings.page(0, LISTED).map((row) => [`  line ${row.line}`, row.field, warningWordings[row.code].reason])),
    '',
    `cohort  ${summary.cohort ?? 'none: no row can go on'}`,
    `file    ${summary.sha256 ?? ''}`,
    ...(rejectsPath === undefined ? [] : [`Rejects and duplicates are in ${rejectsPath}.`]),
    ...(summary.accepted === 0 ? [] : ['', 'Next: drydock dry-run FILE --migration ID']),
  ];
}

function listed(title: string, count: number, rows: readonly (readonly string[])[]): string[] {
  if (count === 0) return [];
  const more = count > rows.length ? [`  and ${grouped(count - rows.length)} more; --rejects or --json give all`] : [];
  return ['', title, ...table(rows), ...more];
}

function delimiterName(delimiter: string | null): string {
  return delimiter === '\t' ? 'separated by tabs' : `separated by "${delimiter ?? ''}"`;
}
