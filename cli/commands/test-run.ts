import type { Command } from 'commander';
import type { OperatorClient } from '../../shared/contract/operator/client.ts';
import type { ProcedureOutput } from '../../shared/contract/operator/dispatch.ts';
import type { TestMember } from '../../shared/contract/admin/test-run.ts';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import { kindTitles } from '../../shared/core/test-rows.ts';
import { type CommandContext, type RunCommand, withOperator } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { type FoundPlan, findPlan } from '../find-plan.ts';
import { emailsOption, planHash, wholeNumber } from '../options.ts';
import { printResult, table } from '../print.ts';
import { progressLine } from '../progress.ts';
import { UsageError } from '../usage-error.ts';

type TestRunFlags = { email?: string[]; validate?: boolean; putBack?: boolean; ack?: string[]; ackNameMatches?: number; migration?: string };
type Status = ProcedureOutput<'testRuns.getStatus'>;

const POLL_MS = 500;
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

Ends with 0 when it has run (and passed, with --validate), 1 when validation failed.`;

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
    const status = flags.putBack === true ? await client.call('testRuns.rearm', of) : isValidated ? await validate(context, client, of) : await client.call('testRuns.getStatus', of);
    const { passed, members } = status.observed;
    printResult(context, { run_id: runId, passed, members }, describe(runId, hash, status, isValidated));
    return isValidated && !passed ? exitCodes.failed : exitCodes.done;
  });
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

function describe(runId: string, hash: string, status: Status, isValidated: boolean): string[] {
  const { passed, restored, members } = status.observed;
  const steps = status.steps.flatMap(({ email, detail }) => (detail === null ? [] : [`  ${email}: ${detail}`]));
  const heading = passed ? 'The test run passed' : isValidated ? 'The test run did NOT pass; nothing else can be executed until it does' : restored ? 'The test users are as they were before validation' : 'The test rows are written and wait to be validated';
  const next = !isValidated ? `Next: drydock test-run ${hash} --validate` : passed && restored ? `Next: drydock approve ${hash}` : 'Next: look at what was not observed above, and at the feature flag and the temporary password.';
  return [`${heading}.`, ...table(members.map(memberCells)), ...steps, restored ? 'Everything that validation changed is put back.' : 'The test users are not put back yet.', '', `run     ${runId}`, '', next];
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
