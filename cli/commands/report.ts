import { statSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { createEnvironmentStore } from '../../operator/environments/environment-file.ts';
import { homeFolder } from '../../operator/hosts/home-folder.ts';
import { trustInFile, verifyReportAt } from '../../operator/reports/verify-at.ts';
import type { ReportVerdict } from '../../shared/contract/operator/reports.ts';
import { type CommandContext, type OpenedOperator, type RunCommand, withOperator } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { counted, printResult, table } from '../print.ts';

const HELP = `
A report is a folder that holds without Drydock: VERIFY.txt in it says how to check it
with ssh-keygen and sha256sum alone. Take allowed_signers from here or from the server,
never from the report itself.

Example:
  $ drydock report export RUN --out report-2025-08-09
  $ drydock report verify report-2025-08-09
  $ drydock report signers > allowed_signers`;

/** `drydock report export | verify | signers` (N2). */
export function addReportCommand(program: Command, run: RunCommand): void {
  const report = program.command('report').description('signed reports: export, verify, and who may sign').addHelpText('after', HELP);
  report
    .command('export')
    .description('write the signed report of a run to a new folder')
    .argument('<run>', 'its id')
    .requiredOption('--out <dir>', 'the folder to make; the zip lies beside it')
    .option('--redact', 'replace personal data by hashes under the key of the run')
    .action((runId: string, flags: { out: string; redact?: boolean }) => run((context) => exportReport(context, runId, flags.out, flags.redact ?? false)));
  report
    .command('verify')
    .description('check a report: signatures, digests, receipt')
    .argument('<dir>', 'the folder of the report, or its zip')
    .option('--signers <file>', 'allowed_signers to trust: no server is asked, and no environment or home is needed')
    .action((folder: string, flags: { signers?: string }) => run((context) => verify(context, folder, flags.signers)));
  report
    .command('signers')
    .description('print allowed_signers lines and nothing else, yours first')
    .action(() => run(signers));
}

function handleOf({ operator }: OpenedOperator, path: string, kind: 'folder' | 'opened'): string {
  return operator.files.add({ path: resolve(path), fileName: basename(resolve(path)), kind });
}

async function exportReport(context: CommandContext, runId: string, out: string, redact: boolean): Promise<ExitCode> {
  return withOperator(context, async (opened) => {
    const exported = await opened.client.call('reports.export', { run_id: runId, redact, folder_handle: handleOf(opened, out, 'folder') });
    if (exported.as_of !== undefined) context.terminal.err(`drydock: the server cannot be asked now. The report was made of what is kept here, and tells what was known on ${exported.as_of}.\n`);
    printResult(context, exported, [
      `The report is in ${exported.folder}${exported.zip === null ? '' : `, and zipped in ${exported.zip}`}.`,
      ...table(exported.files.map(({ name, bytes }) => [`  ${name}`, bytes])),
      ...exported.left_out.map((sentence) => `  left out: ${sentence}`),
      '',
      `Next: drydock report verify ${out}`,
    ]);
    return exitCodes.done;
  });
}

/** With a file of signers no operator is opened: neither a home nor a journal, an environment or the network is needed. */
async function verify(context: CommandContext, folder: string, signersFile: string | undefined): Promise<ExitCode> {
  if (signersFile !== undefined) return printVerdict(context, await verifyReportAt(resolve(folder), trustInFile(resolve(signersFile), () => pinnedHere(context))));
  return withOperator(context, async (opened) => {
    const kind = statSync(folder, { throwIfNoEntry: false })?.isFile() === true ? 'opened' : 'folder';
    return printVerdict(context, await opened.client.call('reports.verify', { handle: handleOf(opened, folder, kind) }));
  });
}

/** What is pinned in this home; nothing where there is none, or none that can be read. */
function pinnedHere({ env, environmentName }: CommandContext) {
  try {
    const { current, environments } = createEnvironmentStore(homeFolder(env, process.platform, homedir()), (work) => work()).read();
    return environments.flatMap(({ name, pins }) => (pins === null ? [] : [{ ...pins, current: name === (environmentName ?? current) }]));
  } catch {
    return [];
  }
}

function printVerdict(context: CommandContext, verdict: ReportVerdict): ExitCode {
  const marks = { passed: 'ok', failed: 'FAILED', not_checked: 'NOT CHECKED' } as const;
  const missing = verdict.checks.filter((check) => check.verdict === 'not_checked').length;
  const says = {
    passed: 'the report holds',
    failed: 'the report does NOT hold',
    incomplete: `it is NOT shown that the report holds: ${counted(missing, 'check')} could not be made`,
  } as const;
  printResult(context, verdict, [
    `${verdict.folder_name}: ${says[verdict.verdict]}${verdict.signed_by === null ? '' : `, signed by ${verdict.signed_by}`}`,
    ...table(verdict.checks.map(({ title, verdict: result, detail, basis }) => [`  ${marks[result]}`, title, result === 'passed' && basis === 'report' ? '' : detail])),
    ...verdict.checks.flatMap(({ title, advice }) => (advice === null ? [] : ['', `${title}?`, `  ${advice}`])),
  ]);
  return verdict.verdict === 'passed' ? exitCodes.done : exitCodes.failed;
}

async function signers(context: CommandContext): Promise<ExitCode> {
  return withOperator(context, async ({ client }) => {
    const signed = await client.call('reports.getSigners', {});
    if (signed.seen_at !== null) context.terminal.err(`drydock: the server cannot be asked now. These are the signers as it said on ${signed.seen_at}; a key that was revoked since is still among them.\n`);
    printResult(context, signed, signed.lines);
    return exitCodes.done;
  });
}
