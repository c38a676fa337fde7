import type { Command } from 'commander';
import type { OperatorClient } from '../../shared/contract/operator/client.ts';
import type { ProcedureOutput } from '../../shared/contract/operator/dispatch.ts';
import type { TestMember } from '../../shared/contract/admin/test-run.ts';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import { assertNever } from '../../shared/core/assert-never.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import { kindTitles } from '../../shared/core/test-rows.ts';
import { type CommandContext, type RunCommand, withOperator } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { type FoundPlan, findPlan } from '../find-plan.ts';
import { emailsOption, planHash, wholeNumber } from '../options.ts';
import { counted, printResult, table } from '../print.ts';
import { progressLine } from '../progress.ts';
import { UsageError } from '../usage-error.ts';

type TestRunFlags = { email?: string[]; validate?: boolean; putBack?: boolean; ack?: string[]; ackNameMatches?: number; migration?: string };
type Status = ProcedureOutput<'testRuns.getStatus'>;
/** A test row that the run did not write, and why, in a sentence. */
type LeftOut = { readonly row: number; readonly email: string; readonly outcome: 'skipped' | 'drifted' | 'failed'; readonly reason: string };

const POLL_MS = 500;
/** One row of each kind: there are never more. */
const TEST_ROWS_MAX = 3;
const HELP = `
Executes one row of each kind that the plan has: matched by e-mail, matched by name only,
new profile. Without --email the first of each kind is taken. --validate then signs in as
each of them over the network, as the customer would, and puts everything back that this
changed. The temporary password is read from DRYDOCK_TEMP_PASSWORD; practice knows its own.
A row matched by name only must be acknowledged: by address with --ack, or by the exact
number of such rows among the test rows with --ack-name-matches.

A test run that was started or left without being validated is taken up by --validate, or
ended by --put-back.

Example:
  $ drydock test-run PLAN_HASH --validate --ack-name-matches 1
  $ drydock test-run PLAN_HASH --email ann@example.com --email sam@example.com --ack sam@example.com

Ends with 0 when it has run (and passed, with --validate), 1 when validation failed, 2 when a
test row has drifted or failed, or a customer who changed something meanwhile was kept.`;

/** `drydock test-run PLAN_HASH` (A14). */
export function addTestRunCommand(program: Command, run: RunCommand): void {
  program
    .command('test-run')
    .description('try a plan on up to three of its rows, and validate by really signing in')
    .argument('<plan-hash>', 'as dry-run printed it', planHash)
    .addOption(emailsOption('--email <email>', 'a test row; may be given more than once'))
    .option('--validate', 'sign in as each test user, then put everything back')
    .option('--put-back', 'start nothing: put back what the open test run of this plan\'s cohort changed')
    .addOption(emailsOption('--ack <email>', 'acknowledge a match by name only'))
    .option('--ack-name-matches <n>', 'acknowledge all such test rows, stating how many', wholeNumber)
    .option('--migration <id>', 'the migration of the plan, where it is not to be looked up')
    .addHelpText('after', HELP)
    .action((hash: string, flags: TestRunFlags) => run((context) => testRun(context, hash, flags)));
}

async function testRun(context: CommandContext, hash: string, flags: TestRunFlags): Promise<ExitCode> {
  const isValidated = flags.validate === true;
  if (isValidated && flags.putBack === true) throw new UsageError('--validate puts everything back by itself: leave --put-back out.');
  return withOperator(context, async ({ client }) => {
    const plan = await findPlan(client, hash, flags.migration);
    const { migration } = plan;
    const runId = flags.putBack === true ? await openTestRun(client, plan) : await startTestRun(client, plan, flags);
    const of = { migration, run_id: runId };
    const { items } = await client.call('runs.listItems', { run_id: runId, offset: 0, limit: TEST_ROWS_MAX });
    const notWritten = items.flatMap(leftOutOf);
    if (notWritten.length > 0 && notWritten.length === items.length) {
      printResult(context, { run_id: runId, passed: false, members: [], left_out: notWritten }, describeNobody(runId, hash, notWritten));
      return exitCodes.rowsLeftOut;
    }
    // Of no matter to whoever only puts back; told when the test run was started.
    const leftOut = flags.putBack === true ? [] : notWritten;
    const status = flags.putBack === true ? await client.call('testRuns.rearm', of) : isValidated ? await validate(context, client, of) : await client.call('testRuns.getStatus', of);
    const { passed, members } = status.observed;
    printResult(context, { run_id: runId, passed, members, ...(leftOut.length === 0 ? {} : { left_out: leftOut }) }, describe(runId, hash, status, isValidated, leftOut));
    if (isValidated && !passed) return exitCodes.failed;
    return leftOut.length > 0 || members.some((member) => member.kept_changed_since) ? exitCodes.rowsLeftOut : exitCodes.done;
  });
}

function leftOutOf(item: RunItem): readonly LeftOut[] {
  const { row, email } = item;
  switch (item.outcome) {
    case 'skipped':
    case 'drifted':
      return [{ row, email, outcome: item.outcome, reason: item.reason ?? (item.outcome === 'drifted' ? 'It is not as it was planned.' : 'The plan leaves it out.') }];
    case 'failed':
      return [{ row, email, outcome: item.outcome, reason: item.message }];
    case 'applied':
    case 'no_change':
    case 'reverted':
    case 'kept_changed_since':
    case 'nothing_to_revert':
      return [];
    default:
      return assertNever(item);
  }
}

/** Starts a test run. One of this very plan that is open already is taken up, where it is to be validated. */
async function startTestRun(client: OperatorClient, plan: FoundPlan, flags: TestRunFlags): Promise<string> {
  try {
    const started = await client.call('testRuns.start', {
      migration: plan.migration,
      plan_hash: plan.plan_hash,
      ...(flags.email === undefined ? {} : { emails: flags.email }),
      ...(flags.ack === undefined ? {} : { acknowledged: flags.ack }),
      ...(flags.ackNameMatches === undefined ? {} : { acknowledge_name_matches: flags.ackNameMatches }),
      ...(flags.validate === true ? { is_validated_next: true } : {}),
    });
    return started.run_id;
  } catch (thrown) {
    if (flags.validate !== true || !(thrown instanceof OperatorError) || thrown.problem.code !== 'test_set_open') throw thrown;
    const { items } = await client.call('runs.list', { migration: plan.migration });
    const open = items.find(({ run }) => run.kind === 'test_run' && run.plan_hash === plan.plan_hash);
    if (open === undefined) throw thrown;
    return open.run.run_id;
  }
}

/** The latest test run of the plan's cohort. */
async function openTestRun(client: OperatorClient, plan: FoundPlan): Promise<string> {
  const { items } = await client.call('runs.list', { migration: plan.migration });
  const found = items.find(({ run }) => run.kind === 'test_run' && run.cohort === plan.cohort);
  if (found !== undefined) return found.run.run_id;
  throw new OperatorError({ code: 'unknown_test_run', title: 'There is no test run of this cohort', detail: 'There is nothing to put back.', request_id: null });
}

async function validate(context: CommandContext, client: OperatorClient, of: { migration: string; run_id: string }): Promise<Status> {
  const progress = progressLine(context.terminal);
  const validating = client.call('testRuns.validate', of);
  const timer = setInterval(() => {
    client.call('testRuns.getStatus', of).then(
      ({ steps }) => progress.show(steps.map(({ email, step }) => `${email} ${step.replaceAll('_', ' ')}`).join('   ')),
      () => undefined,
    );
  }, POLL_MS);
  if (!context.terminal.drawsProgress) clearInterval(timer);
  try {
    return await validating;
  } finally {
    clearInterval(timer);
    progress.clear();
  }
}

function describe(runId: string, hash: string, status: Status, isValidated: boolean, leftOut: readonly LeftOut[]): string[] {
  const { passed, restored, members } = status.observed;
  const steps = status.steps.flatMap(({ email, detail }) => (detail === null ? [] : [`  ${email}: ${detail}`]));
  const heading = passed ? 'The test run passed' : isValidated ? 'The test run did NOT pass; nothing else can be executed until it does' : restored ? 'The test users are as they were before validation' : 'The test rows are written and wait to be validated';
  const but = leftOut.length === 0 ? '' : `, but ${counted(leftOut.length, 'test row was', 'test rows were')} not written`;
  return [
    `${heading}${but}.`,
    ...table(members.map(memberCells)),
    ...leftOutLines(leftOut),
    ...steps,
    restored ? 'Everything that validation changed is put back.' : 'The test users are not put back yet.',
    '',
    `run     ${runId}`,
    '',
    nextStep(hash, status, isValidated, leftOut),
  ];
}

/** No customer was written, so the server observes nobody and there is nothing to validate or put back. */
function describeNobody(runId: string, hash: string, leftOut: readonly LeftOut[]): string[] {
  return ['No test row was written, so there is nothing to validate or to put back.', ...leftOutLines(leftOut), '', `run     ${runId}`, '', nextForLeftOut(hash, leftOut)];
}

function leftOutLines(leftOut: readonly LeftOut[]): string[] {
  return table(leftOut.map(({ row, email, outcome, reason }) => [`  row ${row}`, email, outcome, reason]));
}

function nextStep(hash: string, { observed: { passed, restored } }: Status, isValidated: boolean, leftOut: readonly LeftOut[]): string {
  if (!isValidated && leftOut.length > 0) return `Next: drydock test-run ${hash} --put-back, then look at the rows that were not written.`;
  if (!isValidated) return `Next: drydock test-run ${hash} --validate`;
  if (!passed || !restored) return 'Next: look at what was not observed above, and at the feature flag and the temporary password.';
  return leftOut.length > 0 ? nextForLeftOut(hash, leftOut) : `Next: drydock approve ${hash}`;
}

function nextForLeftOut(hash: string, leftOut: readonly LeftOut[]): string {
  return leftOut.some(({ outcome }) => outcome === 'drifted')
    ? 'Next: do a dry run again: rows have changed since this plan was made.'
    : `Next: see to what kept these rows from being written, then drydock test-run ${hash} --validate again.`;
}

function memberCells(member: TestMember): string[] {
  const seen = (isSeen: boolean, what: string): string => `${isSeen ? 'x' : '-'} ${what}`;
  return [
    `  ${member.email}`,
    kindTitles[member.kind],
    seen(member.prepared, 'prepared'),
    seen(member.signed_in, 'signed in'),
    seen(member.held_at_reset, 'held at reset'),
    seen(member.password_set, 'password set'),
    seen(member.event_recorded, 'event recorded'),
    member.kept_changed_since ? 'kept: the customer changed something meanwhile' : '',
  ];
}
