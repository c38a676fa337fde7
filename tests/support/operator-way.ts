import { z } from 'zod';
import { type CommandResult, runCommand } from './command-line.ts';
import type { PracticeReady } from './practice-server.ts';

/** The command line of one operator against one practice server, and the steps that most tests only pass through. */
export interface OperatorWay {
  readonly cli: (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<CommandResult>;
  readonly dryRun: () => Promise<WayPlan>;
  /** Adds the environment, plans the sample, runs and validates three test rows, and has the plan approved. */
  readonly toApprovedPlan: () => Promise<WayPlan>;
}

const rowSchema = z.object({ row: z.int(), email: z.string(), match: z.string(), action: z.string(), user_id: z.string().nullable() });
export type WayRow = z.infer<typeof rowSchema>;

const planSchema = z.object({
  run_id: z.string(),
  plan_hash: z.string(),
  cohort: z.string(),
  summary: z.object({ rows: z.int(), by_match: z.record(z.string(), z.int()), by_action: z.record(z.string(), z.int()) }),
  rows: z.array(rowSchema),
});
export type WayPlan = z.infer<typeof planSchema>;

/** Rows that need an acknowledgement: matched by name alone, and to be written (A7). */
export function nameOnlyRows(plan: WayPlan): readonly WayRow[] {
  return plan.rows.filter((row) => row.match === 'MATCH_NAME_UNIQUE' && row.action === 'UPDATE_EXISTING');
}

/** Drives `bin/drydock` with a home of its own. @throws with what the program printed when a step does not succeed. */
export function operatorWay(home: string, ready: PracticeReady): OperatorWay {
  async function cli(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandResult> {
    return runCommand('drydock', [...args, '--json'], { DRYDOCK_HOME: home, DRYDOCK_TOKEN: ready.token, DRYDOCK_TEMP_PASSWORD: ready.temporary_password, ...env });
  }
  async function done(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<unknown> {
    const result = await cli(args, env);
    if (result.exitCode !== 0 && result.exitCode !== 2) throw new Error(`drydock ${args.join(' ')} ended with ${String(result.exitCode)}:\n${result.stdout}${result.stderr}`);
    return JSON.parse(result.stdout);
  }
  async function dryRun(): Promise<WayPlan> {
    return planSchema.parse(await done(['dry-run', ready.sample, '--migration', ready.migration, '--rows']));
  }
  async function toApprovedPlan(): Promise<WayPlan> {
    await done(['env', 'add', 'practice', '--url', ready.url]);
    const plan = await dryRun();
    const passed = z.object({ passed: z.boolean() }).parse(await done(['test-run', plan.plan_hash, '--ack-name-matches', '1', '--validate'])).passed;
    if (!passed) throw new Error('the test run did not pass');
    await done(['approve', plan.plan_hash], { DRYDOCK_TOKEN: ready.approver_token });
    return plan;
  }
  return { cli, dryRun, toApprovedPlan };
}
