import type { ReadTx } from '../store/transactions.ts';
import { sql } from 'kysely';
import { commandLineActor, type CommandContext } from './command-context.ts';

/** Enters what an administrator did on the machine itself, in the transaction that does it: who, what, for which migration. */
export async function auditCommand(tx: ReadTx, context: CommandContext, what: { readonly command: string; readonly migrationId?: string; readonly detail?: Readonly<Record<string, string | number | boolean>> }): Promise<void> {
  await sql`insert into audit_log (sub, method, route, status, migration_id, request_id, address, detail)
    values (${`${commandLineActor}:${context.osUser()}`}, 'COMMAND', ${what.command}, 200, ${what.migrationId ?? null}, ${context.newId()}, 'local',
      ${what.detail === undefined ? null : JSON.stringify(what.detail)}::text::jsonb)`.execute(tx);
}
