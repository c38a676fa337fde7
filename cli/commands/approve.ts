import type { Command } from 'commander';
import type { OperatorClient } from '../../shared/contract/operator/client.ts';
import { type CommandContext, type RunCommand, withOperator } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { findPlan, type FoundPlan } from '../find-plan.ts';
import { nextAfterApproval } from '../next-after-approval.ts';
import { planHash } from '../options.ts';
import { printResult } from '../print.ts';

type Decision = 'approve' | 'reject';
type DecisionFlags = { comment?: string; migration?: string };

const HELP: Readonly<Record<Decision, string>> = {
  approve: `
The approval is bound to this plan hash and to nothing else; it covers all stages and
expires. Policy can bar whoever planned or tested from approving.

Example:
  $ DRYDOCK_TOKEN=... drydock approve PLAN_HASH --comment "Ticket 4711"`,
  reject: `
A rejected plan hash takes no more decisions; a changed plan has another hash.

Example:
  $ drydock reject PLAN_HASH --comment "Row 17 is the wrong Sam"`,
};

/** `drydock approve PLAN_HASH` and `drydock reject PLAN_HASH`. */
export function addApprovalCommands(program: Command, run: RunCommand): void {
  for (const decision of ['approve', 'reject'] as const) {
    program
      .command(decision)
      .description(decision === 'approve' ? 'consent to exactly this plan' : 'refuse this plan for good')
      .argument('<plan-hash>', 'as dry-run printed it', planHash)
      .option('--comment <text>', 'why; it goes into the report')
      .option('--migration <id>', 'the migration of the plan, where it is not to be looked up')
      .addHelpText('after', HELP[decision])
      .action((hash: string, flags: DecisionFlags) => run((context) => decide(context, decision, hash, flags)));
  }
}

async function decide(context: CommandContext, decision: Decision, hash: string, flags: DecisionFlags): Promise<ExitCode> {
  return withOperator(context, async ({ client }) => {
    const subject = await subjectOf(client, hash, flags.migration);
    // Asked first: what has been decided must not end as a failure because of a look-up.
    const next = context.json || decision === 'reject' ? '' : await nextAfter(client, subject);
    const approval = await client.call('approvals.decide', { migration: subject.migration, plan_hash: hash, decision, comment: flags.comment ?? '' });
    printResult(
      context,
      approval,
      decision === 'approve'
        ? [`Approved by ${approval.sub}, until ${approval.expires_at}.`, '', `Next: ${next}`]
        : [`Rejected by ${approval.sub}. This plan takes no more decisions.`, '', 'Next: correct what is wrong and do a dry run again.'],
    );
    return exitCodes.done;
  });
}

type Subject = { readonly migration: string; readonly plan: FoundPlan | null };

/** What the hash is of: a plan, or the preview of a rollback. @throws OperatorError `plan_not_found` where it is of neither */
async function subjectOf(client: OperatorClient, hash: string, migration: string | undefined): Promise<Subject> {
  const rollback = await client.call('rollback.find', { rollback_hash: hash, ...(migration === undefined ? {} : { migration }) });
  if (rollback.migration !== null) return { migration: rollback.migration, plan: null };
  const plan = await findPlan(client, hash, migration);
  return { migration: plan.migration, plan };
}

async function nextAfter(client: OperatorClient, { migration, plan }: Subject): Promise<string> {
  return plan === null ? `drydock rollback --migration ${migration} --yes, for the same people` : nextAfterApproval(client, plan);
}
