import type { Command } from 'commander';
import type { OperatorClient } from '../../shared/contract/operator/client.ts';
import type { ProcedureOutput } from '../../shared/contract/operator/dispatch.ts';
import type { TestMember } from '../../shared/contract/admin/test-run.ts';
import { kindTitles } from '../../shared/core/test-rows.ts';
import { type CommandContext, type RunCommand, withOperator } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { findPlan } from '../find-plan.ts';
import { emailsOption, planHash, wholeNumber } from '../options.ts';
import { printResult, table } from '../print.ts';
import { progressLine } from '../progress.ts';

type TestRunFlags = { email?: string[]; validate?: boolean; ack?: string[]; ackNameMatches?: number; migration?: string };
type Status = ProcedureOutput<'testRuns.getStatus'>;

const POLL_MS = 500;
const HELP = `
Executes one row of each kind that the plan has: matched by e-mail, matched by name only,
new profile. Without --email the first of each kind is taken. --validate then signs in as
each of them over the network, as the customer would, and puts everything back that this
changed. The temporary password is read from DRYDOCK_TEMP_PASSWORD; practice knows its own.
A row matched by name only must be acknowledged: by address with --ack, or by the exact
number of such rows among the test rows with --ack-name-matches.

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
    .addOption(emailsOption('--ack <email>', 'acknowledge a match by name only'))
    .option('--ack-name-matches <n>', 'acknowledge all such test rows, stating how many', wholeNumber)
    .option('--migration <id>', 'the migration of the plan, where it is not to be looked up')
    .addHelpText('after', HELP)
    .action((hash: string, flags: TestRunFlags) => run((context) => testRun(context, hash, flags)));
}

async function testRun(context: CommandContext, hash: string, flags: TestRunFlags): Promise<ExitCode> {
  return withOperator(context, async ({ client }) => {
    const { migration } = await findPlan(client, hash, flags.migration);
    const { run_id: runId } = await client.call('testRuns.start', {
      migration,
      plan_hash: hash,
      ...(flags.email === undefined ? {} : { emails: flags.email }),
      ...(flags.ack === undefined ? {} : { acknowledged: flags.ack }),
      ...(flags.ackNameMatches === undefined ? {} : { acknowledge_name_matches: flags.ackNameMatches }),
    });
    const of = { migration, run_id: runId };
    const status = flags.validate === true ? await validate(context, client, of) : await client.call('testRuns.getStatus', of);
    const { passed, members } = status.observed;
    printResult(context, { run_id: runId, passed, members }, describe(runId, hash, status, flags.validate === true));
    return flags.validate === true && !passed ? exitCodes.failed : exitCodes.done;
  });
}

async function validate(context: CommandContext, client: OperatorClient, of: { migration: string; run_id: string }): Promise<Status> {
  const progress = progressLine(context.terminal);
  const password = context.env['DRYDOCK_TEMP_PASSWORD'];
  const validating = client.call('testRuns.validate', { ...of, ...(password === undefined || password === '' ? {} : { temporary_password: password }) });
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
  const heading = passed ? 'The test run passed' : isValidated ? 'The test run did NOT pass; nothing else can be executed until it does' : 'The test rows are written and wait to be validated';
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
