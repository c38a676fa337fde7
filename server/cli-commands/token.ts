import { Command } from 'commander';
import { sql } from 'kysely';
import { readServerConfig } from '../config/server-config.ts';
import { readScopes, readTtlSeconds, signAdminToken } from '../tokens/admin-token.ts';
import { auditCommand } from './audit-command.ts';
import { type CommandContext, withStore } from './command-context.ts';
import { printResult } from './print-result.ts';
import { UsageError } from './usage-error.ts';

/** `token --sub S --scope "..." [--ttl 8h]`, `token revoke --sub S` (A17). */
export function tokenCommand(context: CommandContext): Command {
  const command = new Command('token')
    .description('Sign an admin token, or revoke those of a person')
    .option('--sub <who>', 'whose token it is')
    .option('--scope <scopes>', 'migration:read, migration:write, migration:approve, separated by spaces')
    .option('--ttl <time>', 'how long it is valid, e.g. 8h, 30m, 7d', '8h')
    .addHelpText('after', '\nExample:\n  drydock-server token --sub ann --scope "migration:read migration:write" --ttl 8h')
    .action(async (options: { readonly sub?: string; readonly scope?: string; readonly ttl: string }) => {
      const issued = await issueToken(context, options);
      printResult(context, issued, [issued.token]);
    });
  command
    .command('revoke')
    .description('Refuse every token that this person was given until now')
    // Not --sub as a required option: the parent has the same one and may have taken it.
    .option('--sub <who>', 'whose tokens')
    .action(async (_options: unknown, self: Command) => {
      const { sub } = self.optsWithGlobals<{ sub?: string }>();
      if (sub === undefined || sub === '') throw new UsageError('token revoke needs --sub, whose tokens to refuse');
      const issuedBefore = await revokeTokens(context, sub);
      printResult(context, { sub, issued_before: issuedBefore.toISOString() }, [`Tokens of ${sub} that were issued until now are refused.`]);
    });
  return command;
}

type IssuedToken = { readonly token: string; readonly sub: string; readonly scopes: readonly string[]; readonly jti: string; readonly ttl_seconds: number };

async function issueToken(context: CommandContext, options: { readonly sub?: string; readonly scope?: string; readonly ttl: string }): Promise<IssuedToken> {
  const { sub, scope, ttl } = options;
  if (sub === undefined || sub === '' || sub.length > 256) throw new UsageError('token needs --sub, whose token it is');
  const scopes = readScopes(scope ?? '');
  if (scopes === null) throw new UsageError('token needs --scope with one or more of migration:read, migration:write, migration:approve');
  const ttlSeconds = readTtlSeconds(ttl);
  if (ttlSeconds === null) throw new UsageError('--ttl must be a length of time such as 8h, at most a year');
  const config = readServerConfig(context.settings);
  if (config.tokenKey.kind !== 'secret') throw new UsageError('tokens of this environment come from the issuer that DRYDOCK_JWKS_URL names');
  const tokenId = context.newId();
  if (config.store.kind === 'postgres') await enterToken(context, { sub, jti: tokenId, scope: scopes.join(' '), ttl_seconds: ttlSeconds });
  const token = await signAdminToken(config.tokenKey.secret, { environmentId: config.environment.id, sub, scopes, tokenId, issuedAt: context.now(), ttlSeconds });
  return { token, sub, scopes, jti: tokenId, ttl_seconds: ttlSeconds };
}

/** Before the token is shown. An embedded database is its running server's alone: there only what a token does is entered. */
async function enterToken(context: CommandContext, detail: Readonly<Record<string, string | number>>): Promise<void> {
  await withStore(context, 'check', async (store) => store.inAdminTx(async (tx) => auditCommand(tx, context, { command: 'token', detail })));
}

async function revokeTokens(context: CommandContext, sub: string): Promise<Date> {
  return withStore(context, 'check', async (store) =>
    store.inAdminTx(async (tx) => {
      await auditCommand(tx, context, { command: 'token revoke', detail: { sub } });
      // Tokens carry the clock of whoever issued them: this machine's, or an issuer's. The later of the two moments refuses
      // whatever either clock has given until now; a token that is given after this by a clock behind it is refused for that long.
      const until = { issued_before: sql<Date>`greatest(now(), ${context.now()}::timestamptz)`, revoked_at: sql<Date>`now()` };
      const revoked = await tx
        .insertInto('revoked_tokens')
        .values({ sub, ...until })
        .onConflict((conflict) => conflict.column('sub').doUpdateSet(until))
        .returning('issued_before')
        .executeTakeFirstOrThrow();
      return revoked.issued_before;
    }),
  );
}
