import type { Command } from 'commander';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import type { ListedKey } from '../../shared/contract/operator/keys.ts';
import { type CommandContext, type RunCommand, withOperator } from '../context.ts';
import { type ExitCode, exitCodes } from '../exit-code.ts';
import { orInterrupted } from '../interrupted.ts';
import { wholeNumber } from '../options.ts';
import { printResult, table } from '../print.ts';
import { UsageError } from '../usage-error.ts';

const LONGEST_DAYS = 3660;
const HELP = `
Your key is made at first use, one for each environment, and its private half never leaves
this machine. Rotating puts a new one in its place: what the old one signed until then still
verifies. Revoking is for a key that somebody else may have: nothing it ever signed counts
any more, and reports signed with it must be exported again.

Example:
  $ drydock keys list
  $ drydock keys rotate --valid-days 365
  $ drydock keys revoke SHA256:hdP1... --yes

Ends with 3 when an approver has to let a new key in, when somebody else's key is not
yours to revoke, or when you did not say yes.`;

/** `drydock keys list | rotate | revoke` (N2). */
export function addKeysCommand(program: Command, run: RunCommand): void {
  const keys = program.command('keys').description('the keys that sign reports and receipts').addHelpText('after', HELP);
  keys
    .command('list')
    .description("list the keys of the environment: yours, others', and those of its receipts")
    .action(() => run(list));
  keys
    .command('rotate')
    .description('put a new key in the place of yours, which ends')
    .option('--valid-days <n>', 'let the new key end by itself after so many days', wholeNumber)
    .action((flags: { validDays?: number }) => run((context) => rotate(context, flags.validDays), 'finish'));
  keys
    .command('revoke')
    .description('let nothing count that a key ever signed')
    .argument('<fingerprint>', 'SHA256:..., as "drydock keys list" shows it')
    .option('--yes', 'do it without asking')
    .action((fingerprint: string, flags: { yes?: boolean }) => run((context) => revoke(context, fingerprint, flags.yes ?? false), 'finish'));
}

const WHOSE = { mine: 'yours', other: 'another person', receipt: 'receipts' } as const;

async function list(context: CommandContext): Promise<ExitCode> {
  return withOperator(context, async ({ client }) => {
    const known = await client.call('keys.list', {});
    if (known.seen_at !== null) context.terminal.err(`drydock: the server cannot be asked now. These are the keys as it said on ${known.seen_at}.\n`);
    const waits = known.waiting_fingerprint === null ? [] : ['', `${known.waiting_fingerprint} was made here and is not registered: the next report, or "drydock keys rotate", tries it again.`];
    printResult(context, known, [
      ...table([['fingerprint', 'whose', 'name', 'from', 'to', 'state'], ...known.items.map((key) => [key.fingerprint, WHOSE[key.whose], key.principal, key.valid_from, key.valid_until ?? '-', stateOf(key)])]),
      ...(known.items.some(({ whose }) => whose === 'mine') ? [] : ['', 'You have no key there yet: it is made with the first report.']),
      ...waits,
    ]);
    return exitCodes.done;
  });
}

function stateOf({ state, revoked_at, in_use }: ListedKey): string {
  if (state === 'revoked') return `revoked ${revoked_at ?? ''}`;
  return in_use && state === 'live' ? 'in use' : state;
}

async function rotate(context: CommandContext, validDays: number | undefined): Promise<ExitCode> {
  if (validDays !== undefined && (validDays < 1 || validDays > LONGEST_DAYS)) throw new UsageError(`--valid-days is 1 to ${LONGEST_DAYS}.`);
  return withOperator(context, async ({ client }) => {
    const now = await client.call('keys.rotate', validDays === undefined ? {} : { valid_days: validDays });
    printResult(context, now, [
      `Your key is ${now.fingerprint}${now.valid_until === null ? '' : `, until ${now.valid_until}`}.`,
      now.former_fingerprint === null ? 'It is the first: there was none to end.' : `${now.former_fingerprint} has ended. What it signed until then still verifies.`,
      '',
      'Next: drydock report signers > allowed_signers, for whoever checks your reports.',
    ]);
    return exitCodes.done;
  });
}

async function revoke(context: CommandContext, fingerprint: string, isConfirmed: boolean): Promise<ExitCode> {
  const { terminal } = context;
  if (!isConfirmed && terminal.ask === undefined) throw new UsageError('There is no terminal to ask at. Give --yes: nothing that the key ever signed counts any more.');
  return withOperator(context, async ({ client }) => {
    if (!isConfirmed) {
      const answer = await orInterrupted(terminal, terminal.ask?.(`Nothing that ${fingerprint} ever signed will count any more. Revoke it? [y/N] `) ?? Promise.resolve(''));
      if (!/^y(es)?$/i.test(answer.trim())) throw new OperatorError({ code: 'not_confirmed', title: 'Nothing was revoked', detail: 'It was not answered with yes. Run it again to be asked again, or give --yes.', request_id: null });
    }
    const revoked = await client.call('keys.revoke', { fingerprint });
    const next = revoked.whose === 'mine' && revoked.in_use ? ['', 'It was your own: a new one is made with "drydock keys rotate", and an approver must let it in.'] : [];
    printResult(context, revoked, [`${revoked.fingerprint} of ${revoked.principal} is revoked. Reports that it signed no longer verify: export them again.`, ...next]);
    return exitCodes.done;
  });
}
