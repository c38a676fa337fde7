import { Command } from 'commander';
import { sql } from 'kysely';
import { readTtlSeconds } from '../tokens/admin-token.ts';
import { type CommandContext, withStore } from './command-context.ts';
import { printResult } from './print-result.ts';
import { UsageError } from './usage-error.ts';

type AuditRow = { at: Date; sub: string | null; method: string; route: string; status: number; code: string | null; migration_id: string | null; run_id: string | null; request_id: string | null; address: string | null; detail: unknown };

interface AuditOptions {
  readonly since?: string;
  readonly sub?: string;
  readonly migration?: string;
  readonly limit: string;
}

const LIMIT_MAX = 100_000;

/** `audit [--since TIME] [--sub S] [--migration ID] [--limit N] [--json]`: who asked for what, and what they were told. */
export function auditLogCommand(context: CommandContext): Command {
  return new Command('audit')
    .description('Read the audit log: every admin call and refusal, and what administrators did on this machine')
    .option('--since <time>', 'from this moment on: a time such as 2026-08-09T08:00:00Z, or an age such as 24h or 7d', '24h')
    .option('--sub <who>', 'of this person alone')
    .option('--migration <id>', 'of this migration alone')
    .option('--limit <number>', 'the latest so many entries at most', '1000')
    .addHelpText('after', '\nExamples:\n  drydock-server audit --since 7d --sub mo@example.com\n  drydock-server audit --since 2026-08-09T00:00:00Z --migration 2025-08-09 --json')
    .action(async (options: AuditOptions) => {
      const since = momentOf(context, options.since ?? '24h');
      const limit = Number(options.limit);
      if (!/^\d{1,6}$/.test(options.limit) || limit < 1 || limit > LIMIT_MAX) throw new UsageError(`--limit must be a number from 1 to ${String(LIMIT_MAX)}`);
      const rows = await withStore(context, 'check', async (store) =>
        store.inReadTx(async (tx) => {
          const found = await sql<AuditRow>`select * from (
              select id, at, sub, method, route, status, code, migration_id, run_id, request_id, address, detail from audit_log
              where at >= ${since} and (${options.sub ?? null}::text is null or sub = ${options.sub ?? null}::text)
                and (${options.migration ?? null}::text is null or migration_id = ${options.migration ?? null}::text)
              order by id desc limit ${limit}) latest order by id`.execute(tx);
          return found.rows;
        }),
      );
      printResult(context, { items: rows.map((row) => ({ ...row, at: row.at.toISOString() })) }, rows.map(lineOf));
    });
}

/** Text from outside is in it: control characters would let somebody write lines of their own. */
function lineOf(row: AuditRow): string {
  const particulars = [row.code, row.migration_id, row.run_id, row.address].filter((part) => part !== null);
  const line = [row.at.toISOString(), row.sub ?? '-', row.method, row.route, String(row.status), ...particulars].join('  ');
  return line.replaceAll(/\p{C}/gu, '?');
}

function momentOf(context: CommandContext, text: string): Date {
  const seconds = readTtlSeconds(text);
  if (seconds !== null) return new Date(context.now().getTime() - seconds * 1000);
  const time = /^\d{4}-\d{2}-\d{2}(?:T[\d:.]+(?:Z|[+-]\d{2}:\d{2}))?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw new UsageError('--since must be a time such as 2026-08-09T08:00:00Z, or an age such as 24h or 7d');
  return new Date(time);
}
