import { randomBytes } from 'node:crypto';
import { type Command, Option } from 'commander';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import { type ConformanceDocument, runConformance } from '../../operator/conformance/run-conformance.ts';
import { TrialInterrupted } from '../../operator/conformance/verdicts.ts';
import { type StepName, stepNames } from '../../operator/conformance/way.ts';
import { sendableToken } from '../../operator/environments/environment-book.ts';
import { givenTemporaryPassword } from '../../operator/temporary-password.ts';
import { type CommandContext, type RunCommand, withOperator } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { Interrupted } from '../interrupted.ts';
import { counted, printFailure, printResult, table } from '../print.ts';
import { progressLine } from '../progress.ts';

type ConformanceFlags = { migration?: string; knownName?: string; yesInProduction?: boolean; rebind?: boolean; only?: StepName };

/** What kept it from beginning is itself the answer, or a fault that is told as elsewhere. */
const SAYS_SOMETHING_OF_THE_API: ReadonlySet<string> = new Set(['unreachable', 'no_answer', 'not_an_admin_api', 'outcome_unknown', 'no_environment']);

const HELP = `
Makes up two dozen people under a domain that cannot exist, takes them the whole way of a
migration over HTTP alone, and says clause by clause what holds. Run it on a copy, with a
migration made for it, whose flag is on and which has a temporary password.

Tokens: DRYDOCK_TOKEN (read and write) or the stored one, DRYDOCK_APPROVER_TOKEN (another
person's, to approve), DRYDOCK_READER_TOKEN (may only read). What a missing one would show is
told as not checked. The temporary password is read from DRYDOCK_TEMP_PASSWORD. Practice
brings all but the reader's.

Example:
  $ drydock conformance --env staging --migration conformance
  $ drydock conformance --env practice --json

Ends with 0 when all that was checked holds, 1 when something is broken, 3 when it was
refused: flag off, no token, a production environment, a migration that others are using.
Ctrl-C ends it before the next clause: it ends its runs, puts its people back and ends with 130.`;

/** `drydock conformance --env NAME` (N6). */
export function addConformanceCommand(program: Command, run: RunCommand): void {
  program
    .command('conformance')
    .description('is this admin API a Drydock admin API?')
    .option('--migration <id>', 'the migration to use; the only one of the environment where there is just one')
    .option('--known-name <name>', 'full name of one person there, to look at a match by name; never written by a server that keeps the contract')
    .addOption(new Option('--only <step>', 'one step of the way, and those it goes on from').choices(stepNames))
    .option('--yes-in-production', 'also against an environment of kind production')
    .option('--rebind', 'also with a migration that is bound to a cohort of other people')
    .addHelpText('after', HELP)
    .action((flags: ConformanceFlags) => run((context) => conformance(context, flags), 'finish'));
}

async function conformance(context: CommandContext, flags: ConformanceFlags): Promise<ExitCode> {
  if (context.terminal.interrupted.aborted) throw new Interrupted();
  const progress = progressLine(context.terminal);
  try {
    return await withOperator(context, async ({ operator }) => {
      const { environments, journal } = operator.parts;
      const { url, environmentId, token, practice } = await environments.accessForTrial();
      const migrationId = flags.migration ?? practice?.migration;
      journal.append({ kind: 'conformance.begun', payload: { environment: environmentId, migration: migrationId ?? null } });
      const document = await runConformance({
        baseUrl: url,
        migrationId,
        tokens: { operator: token, approver: practice?.approver_token ?? given(context, 'DRYDOCK_APPROVER_TOKEN'), reader: given(context, 'DRYDOCK_READER_TOKEN') },
        temporaryPassword: practice?.temporary_password ?? givenTemporaryPassword(context.env),
        knownName: flags.knownName,
        mayWriteProduction: flags.yesInProduction ?? false,
        mayRebind: flags.rebind ?? false,
        only: flags.only,
        randomBytes: (count) => randomBytes(count),
        progress: progress.show,
        interrupted: context.terminal.interrupted,
      }).catch((thrown: unknown) => {
        if (thrown instanceof TrialInterrupted) journal.append({ kind: 'conformance.ended', payload: { environment: environmentId, migration: migrationId ?? null, interrupted: true } });
        throw thrown;
      });
      const { holds, broken, not_checked: notChecked } = document;
      journal.append({ kind: 'conformance.ended', payload: { environment: environmentId, migration: document.migration, holds, broken, not_checked: notChecked } });
      progress.clear();
      printResult(context, document, describe(document));
      return broken === 0 ? exitCodes.done : exitCodes.failed;
    });
  } catch (thrown) {
    progress.clear();
    if (thrown instanceof TrialInterrupted) throw new Interrupted(thrown.message);
    if (!(thrown instanceof OperatorError)) throw thrown;
    const exitCode = printFailure(context, thrown);
    // Whatever else kept it from beginning was a refusal: nothing is said of the API.
    return SAYS_SOMETHING_OF_THE_API.has(thrown.problem.code) ? exitCode : exitCodes.refused;
  }
}

function given({ env }: CommandContext, name: string): string | undefined {
  const value = env[name]?.trim();
  return value === undefined || value === '' ? undefined : sendableToken(value);
}

function describe({ environment, migration, clauses, holds, broken, not_checked: notChecked, stays }: ConformanceDocument): string[] {
  const marks = { holds: 'ok', broken: 'BROKEN', not_checked: 'not checked' } as const;
  const groups = [...new Set(clauses.map(({ id }) => groupOf(id)))];
  const lines = table(clauses.map(({ id, title, verdict }) => [`  ${marks[verdict]}`, id, title]));
  const told = groups.flatMap((group) => [
    '',
    group.replaceAll('_', ' '),
    ...clauses.flatMap(({ id, verdict, detail }, index) => (groupOf(id) === group ? [lines[index] ?? '', ...(verdict === 'holds' || detail === '' ? [] : [`      ${detail}`])] : [])),
  ]);
  const verdict = broken === 0 ? 'keeps the contract as far as it was checked' : `breaks the contract in ${counted(broken, 'clause')}`;
  return [`${environment.name} (${environment.kind}) ${verdict}, tried with migration ${migration}.`, ...told, '', `${counted(holds, 'clause')} ${holds === 1 ? 'holds' : 'hold'}, ${broken} broken, ${notChecked} not checked.`, ...stays];
}

function groupOf(id: string): string {
  return id.replace(/\..*$/, '');
}
