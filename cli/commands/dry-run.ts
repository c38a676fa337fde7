import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import type { OperatorClient } from '../../shared/contract/operator/client.ts';
import type { ProcedureOutput } from '../../shared/contract/operator/dispatch.ts';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import type { Decision } from '../../shared/core/decisions.ts';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import { type CommandContext, type RunCommand, withOperator } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { collected, emailsOption, mappingOf } from '../options.ts';
import { counted, grouped, printResult, table } from '../print.ts';
import { writeNewFile } from '../new-file.ts';
import { eachPlanRow } from '../plan-rows.ts';
import { shown } from '../shown-text.ts';

type DryRunFlags = {
  migration: string;
  rows?: boolean;
  only?: string[];
  decline?: string[];
  skip?: string[];
  out?: string;
  encoding?: string;
  delimiter?: string;
  map?: string[];
};
type Plan = ProcedureOutput<'plans.dryRun'>;
type Source = ProcedureOutput<'sources.check'>;

const HELP = `
The server plans and writes to no customer. The plan hash that is printed names exactly
this plan; test run, approval and execution are bound to it. Matches by name alone give
an address access to somebody's account: look at each, then acknowledge it when you
execute, --decline it (a new profile instead) or --skip it.

Example:
  $ drydock dry-run people.csv --migration 2025-08-09
  $ drydock dry-run people.csv --migration 2025-08-09 --decline sam@example.com --rows

Ends with 0, or with 2 when rows of the file or the plan are left out.`;

/** `drydock dry-run FILE --migration ID` (A5). */
export function addDryRunCommand(program: Command, run: RunCommand): void {
  program
    .command('dry-run')
    .description('have the server plan a file: what would change, row by row')
    .argument('<file>', 'the CSV file')
    .requiredOption('--migration <id>', 'the migration, as the environment names it')
    .option('--rows', 'print every row')
    .addOption(emailsOption('--only <email>', 'plan these people alone; such a plan can be tried, never executed'))
    .addOption(emailsOption('--decline <email>', 'decline a match by name: plan a new profile'))
    .addOption(emailsOption('--skip <email>', 'leave a row out'))
    .option('--out <file>', 'write the plan with all its rows to a new JSON file')
    .option('--encoding <name>', 'as for check')
    .option('--delimiter <sign>', 'as for check')
    .option('--map <field=header>', 'as for check', collected)
    .addHelpText('after', HELP)
    .action((file: string, flags: DryRunFlags) => run((context) => dryRun(context, file, flags)));
}

async function dryRun(context: CommandContext, file: string, flags: DryRunFlags): Promise<ExitCode> {
  return withOperator(context, async ({ client, operator }) => {
    const handle = operator.files.add({ path: resolve(file), fileName: basename(file), kind: 'opened' });
    const source = await client.call('sources.check', {
      handle,
      playbook: await playbookOf(client, flags.migration),
      ...(flags.encoding === undefined ? {} : { encoding: flags.encoding }),
      ...(flags.delimiter === undefined ? {} : { delimiter: flags.delimiter }),
      mapping: mappingOf(flags.map ?? []),
    });
    refuseUnusable(source);
    const decisions = decisionsOf(flags);
    const plan = await client.call('plans.dryRun', {
      migration: flags.migration,
      source_id: source.source_id,
      ...(flags.only === undefined ? {} : { only: flags.only }),
      ...(decisions.length === 0 ? {} : { decisions }),
    });
    const { run_id, plan_hash, cohort, summary } = plan;
    const document = { run_id, plan_hash, cohort, summary };
    const rows = flags.rows === true || flags.out !== undefined ? await allRows(client, plan) : [];
    if (flags.out !== undefined) writeNewFile(flags.out, [`${JSON.stringify({ ...document, rows }, null, 2)}\n`], 'The plan was made but could not be written to the file');
    printResult(context, flags.rows === true ? { ...document, rows } : document, describe(plan, source, flags.rows === true ? rows : [], flags.out));
    const { SKIP, BLOCKED } = summary.by_action;
    return source.rejected_count + source.duplicate_count + SKIP + BLOCKED > 0 ? exitCodes.rowsLeftOut : exitCodes.done;
  });
}

async function playbookOf(client: OperatorClient, migration: string): Promise<string> {
  const { items } = await client.call('migrations.list', {});
  const found = items.find(({ id }) => id === migration);
  if (found !== undefined) return found.playbook;
  throw new OperatorError({
    code: 'unknown_migration',
    title: 'There is no such migration',
    detail: items.length === 0 ? 'This environment has none.' : `This environment has: ${items.map(({ id }) => id).join(', ')}.`,
    request_id: null,
  });
}

function refuseUnusable(source: Source): void {
  if (source.file_error !== null) {
    throw new OperatorError({ code: source.file_error.code, title: `${source.file} is refused`, detail: source.file_error.detail, request_id: null });
  }
  if (source.accepted === 0) {
    throw new OperatorError({ code: 'no_rows', title: 'No row of the file can go on', detail: '"drydock check FILE" says why, row by row.', request_id: null });
  }
}

function decisionsOf(flags: DryRunFlags): Decision[] {
  const decline = (flags.decline ?? []).map((email) => ({ email, as: 'create' as const }));
  const skip = (flags.skip ?? []).map((email) => ({ email, as: 'skip' as const }));
  return [...decline, ...skip];
}

async function allRows(client: OperatorClient, plan: Plan): Promise<PlanRow[]> {
  const rows: PlanRow[] = [];
  for await (const { full_name: _, ...row } of eachPlanRow(client, plan)) rows.push(row);
  return rows;
}

function describe(plan: Plan, source: Source, rows: readonly PlanRow[], out: string | undefined): string[] {
  const { summary } = plan;
  const nameOnly = summary.warnings['name_only_match'] ?? 0;
  const nonZero = (counts: Readonly<Record<string, number>>) => Object.entries(counts).filter(([, count]) => count > 0);
  return [
    `${plan.source_file}: ${counted(summary.rows, 'row')} planned on ${plan.environment}, nothing written`,
    ...table(nonZero(summary.by_action).map(([action, count]) => [`  ${action}`, count])),
    '',
    'Matched',
    ...table(nonZero(summary.by_match).map(([match, count]) => [`  ${match}`, count])),
    ...(Object.keys(summary.warnings).length === 0 ? [] : ['', 'Warnings', ...table(nonZero(summary.warnings).map(([code, count]) => [`  ${code}`, count]))]),
    ...(source.rejected_count + source.duplicate_count === 0
      ? []
      : ['', `Not in the plan: ${grouped(source.rejected_count)} rejected, ${grouped(source.duplicate_count)} duplicate rows of the file ("drydock check" lists them).`]),
    ...(rows.length === 0 ? [] : ['', ...table(rows.map(rowCells))]),
    '',
    `plan    ${plan.plan_hash}`,
    `cohort  ${plan.cohort}`,
    `run     ${plan.run_id}`,
    ...(out === undefined ? [] : [`The plan is in ${out}.`]),
    '',
    ...(nameOnly === 0 ? [] : [`${counted(nameOnly, 'row is', 'rows are')} matched by name alone: each would give its address access to an account that has another one.`, 'Look at each (--rows), and --decline or --skip what is not the same person.', '']),
    ...(plan.only === null ? [] : ['This plan covers a few people alone: it can be tried, never executed.']),
    `Next: drydock test-run ${plan.plan_hash} --validate${nameOnly > 0 ? ' --ack-name-matches 1' : ''}`,
  ];
}

function rowCells(row: PlanRow): (string | number)[] {
  const changes = row.changes.map(({ field, before, after }) => `${field}: ${JSON.stringify(before)} -> ${JSON.stringify(after)}`).join('; ');
  return [row.row, row.match, row.action, row.email, shown(row.reason ?? changes), row.warnings.join(' ')];
}
