import { Command } from 'commander';
import type { DeadLetter, DeliveryStanding } from '../../shared/contract/admin/dead-letters.ts';
import { readDeadLetters, readStanding, replay } from '../events/dead-letters.ts';
import { KLAVIYO } from '../events/klaviyo.ts';
import { isId } from '../guards/lookup.ts';
import { auditCommand } from './audit-command.ts';
import type { CommandContext } from './command-context.ts';
import { inMigration } from './in-migration.ts';
import { printResult } from './print-result.ts';
import { UsageError } from './usage-error.ts';

const PAGE = 1_000;

type ReplayOptions = { readonly event?: readonly string[]; readonly all?: boolean };

/** `events list MIGRATION` and `events replay MIGRATION (--event ID ... | --all)`: what could not be delivered (A13). */
export function eventsCommand(context: CommandContext): Command {
  const command = new Command('events')
    .description('Events that could not be delivered')
    .addHelpText('after', '\nExamples:\n  drydock-server events list 2025-08-09\n  drydock-server events replay 2025-08-09 --all');
  command
    .command('list <migration>')
    .description('The dead letters, oldest first, and whether delivery is at work')
    .action(async (migration: string) => {
      const { items, delivery } = await listAll(context, migration);
      printResult(context, { items, delivery }, [standingLine(delivery), ...items.map(letterLine), `${items.length} dead letter${items.length === 1 ? '' : 's'}`]);
    });
  command
    .command('replay <migration>')
    .description('Send dead letters again, each under its own unique id, so that nothing is doubled')
    .option('--event <id...>', 'these events')
    .option('--all', 'all dead letters of the migration')
    .addHelpText('after', '\nExample:\n  drydock-server events replay 2025-08-09 --all')
    .action(async (migration: string, { event, all }: ReplayOptions) => {
      if ((event === undefined) === (all !== true)) throw new UsageError('give either --event or --all');
      const asked = event ?? 'all';
      const replayed = await inMigration(context, migration, async (tx) => {
        const sent = await replay(tx, migration, asked === 'all' ? asked : asked.filter(isId));
        await auditCommand(tx, context, { command: 'events replay', migrationId: migration, detail: { replayed: sent.length } });
        return sent;
      });
      const notDead = asked === 'all' ? [] : asked.filter((id) => !replayed.includes(id));
      printResult(context, { replayed: replayed.length, not_dead: notDead }, [
        `${replayed.length} of ${migration} will be sent again.`,
        ...notDead.map((id) => `${id} is no dead letter of ${migration}; nothing was done with it.`),
      ]);
    });
  return command;
}

async function listAll(context: CommandContext, migration: string): Promise<{ readonly items: readonly DeadLetter[]; readonly delivery: DeliveryStanding }> {
  return inMigration(context, migration, async (tx, config) => {
    const items: DeadLetter[] = [];
    for (let page: readonly DeadLetter[]; ; ) {
      page = await readDeadLetters(tx, migration, { after: items.at(-1)?.event_id ?? null, limit: PAGE });
      items.push(...page);
      if (page.length < PAGE) break;
    }
    return { items, delivery: await readStanding(tx, KLAVIYO, config.klaviyo !== null) };
  });
}

function standingLine(delivery: DeliveryStanding): string {
  if (delivery.state === 'not_configured') return 'No destination is configured: events are recorded and wait.';
  if (delivery.state === 'working') return 'Delivery is at work.';
  return `Nothing is sent until ${delivery.until ?? 'later'}: ${delivery.reason?.detail ?? ''}`;
}

function letterLine(letter: DeadLetter): string {
  return `${letter.event_id}  ${letter.email}  ${letter.name}  ${letter.reason.code}  ${letter.attempts} attempts, last ${letter.failed_at ?? 'unknown'}`;
}
