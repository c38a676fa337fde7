import { Command } from 'commander';
import { type CredentialStatus, expireCredential, listCredentials, resumeCredential, revokeCredential, setCredential } from '../auth/temporary-credential.ts';
import { acceptableTemporaryPassword } from '../config/temporary-password-setting.ts';
import { requireSetting } from '../config/read-setting.ts';
import { readTtlSeconds } from '../tokens/admin-token.ts';
import { auditCommand } from './audit-command.ts';
import { commandLineActor, type CommandContext } from './command-context.ts';
import { inMigration } from './in-migration.ts';
import { printResult } from './print-result.ts';
import { UsageError } from './usage-error.ts';

/** `temp-password set | expire | revoke | resume | status MIGRATION` (A10). The word itself is never an argument and never shown. */
export function tempPasswordCommand(context: CommandContext): Command {
  const command = new Command('temp-password')
    .description("A migration's temporary password: one for the whole cohort, kept as an HMAC, revoked for all at once")
    .addHelpText('after', '\nExamples:\n  DRYDOCK_TEMP_PASSWORD_FILE=/run/secrets/word drydock-server temp-password set 2025-08-09 --ttl 14d\n  drydock-server temp-password status 2025-08-09\n  drydock-server temp-password revoke 2025-08-09');
  command
    .command('set <migration>')
    .description('Take the word from DRYDOCK_TEMP_PASSWORD (or ..._FILE); the one before is revoked')
    .option('--ttl <time>', 'let it expire after this time, e.g. 14d')
    .action(async (migration: string, options: { readonly ttl?: string }) => {
      const password = acceptableTemporaryPassword(requireSetting(context.settings, 'DRYDOCK_TEMP_PASSWORD', 'it is the word to set'));
      const ttlSeconds = options.ttl === undefined ? null : secondsOf(options.ttl);
      const expiresAt = await inMigration(context, migration, async (tx, config) => {
        await auditCommand(tx, context, { command: 'temp-password set', migrationId: migration });
        return setCredential(tx, migration, { id: context.newId(), secretKey: config.secretKey, password, createdBy: commandLineActor, ttlSeconds });
      });
      printResult(context, { migration, expires_at: expiresAt?.toISOString() ?? null }, [`The temporary password of ${migration} is set${expiresAt === null ? '' : `, until ${expiresAt.toISOString()}`}. Test runs that passed before no longer count.`]);
    });
  command
    .command('expire <migration>')
    .description('Let it end now, or after --ttl from now; what has ended stays so')
    .option('--ttl <time>', 'not now but then, e.g. 2h, 14d')
    .action(async (migration: string, options: { readonly ttl?: string }) => {
      const ttlSeconds = options.ttl === undefined ? 0 : secondsOf(options.ttl);
      const expiresAt = await inMigration(context, migration, async (tx) => {
        await auditCommand(tx, context, { command: 'temp-password expire', migrationId: migration });
        return expireCredential(tx, migration, ttlSeconds);
      });
      const ends = options.ttl === undefined ? 'has ended' : `ends ${expiresAt?.toISOString() ?? ''}`;
      printResult(context, { migration, changed: expiresAt !== null, expires_at: expiresAt?.toISOString() ?? null }, [expiresAt === null ? `${migration} has no temporary password that could expire.` : `The temporary password of ${migration} ${ends}.`]);
    });
  command
    .command('revoke <migration>')
    .description('Shut the temporary sign-in of the whole cohort now')
    .action(async (migration: string) => {
      const changed = await inMigration(context, migration, async (tx) => {
        await auditCommand(tx, context, { command: 'temp-password revoke', migrationId: migration });
        return revokeCredential(tx, migration, commandLineActor);
      });
      printResult(context, { migration, changed }, [changed ? `The temporary password of ${migration} is revoked for everybody.` : `${migration} has no temporary password to revoke.`]);
    });
  command
    .command('resume <migration>')
    .description('Let it open accounts again after a declared rate has suspended it')
    .action(async (migration: string) => {
      const changed = await inMigration(context, migration, async (tx) => {
        const resumed = await resumeCredential(tx, migration);
        if (resumed) await auditCommand(tx, context, { command: 'temp-password resume', migrationId: migration });
        return resumed;
      });
      printResult(context, { migration, changed }, [changed ? `The temporary password of ${migration} opens accounts again.` : `The temporary password of ${migration} is not suspended.`]);
    });
  command
    .command('status <migration>')
    .description('Whether it is live, since when and until when')
    .action(async (migration: string) => {
      const credentials = await inMigration(context, migration, async (tx) => listCredentials(tx, migration));
      printResult(context, { migration, items: credentials.map(documentOf) }, credentials.length === 0 ? [`${migration} never had a temporary password.`] : credentials.flatMap((credential) => linesOf(credential, migration)));
    });
  return command;
}

function documentOf(credential: CredentialStatus) {
  const { credentialId, createdAt, createdBy, expiresAt, revokedAt, suspended } = credential;
  return {
    credential_id: credentialId,
    state: stateOf(credential),
    created_at: createdAt.toISOString(),
    created_by: createdBy,
    expires_at: expiresAt?.toISOString() ?? null,
    revoked_at: revokedAt?.toISOString() ?? null,
    suspended: suspended === null ? null : { at: suspended.at.toISOString(), because: suspended.because },
  };
}

function linesOf(credential: CredentialStatus, migration: string): readonly string[] {
  const state = stateOf(credential);
  const { createdAt, createdBy, expiresAt, suspended } = credential;
  const line = `${state.padEnd(9)} set ${createdAt.toISOString()} by ${createdBy}, ${expiresAt === null ? 'no expiry' : `until ${expiresAt.toISOString()}`}`;
  if (state !== 'suspended') return [line];
  return [line, `         since ${suspended?.at.toISOString() ?? ''}: ${suspended?.because ?? ''}. Look into it, then: drydock-server temp-password resume ${migration}`];
}

function stateOf({ isLive, revokedAt, suspended }: CredentialStatus): 'live' | 'revoked' | 'suspended' | 'expired' {
  if (isLive) return 'live';
  if (revokedAt !== null) return 'revoked';
  return suspended === null ? 'expired' : 'suspended';
}

function secondsOf(ttl: string): number {
  const seconds = readTtlSeconds(ttl);
  if (seconds === null) throw new UsageError('--ttl must be a length of time such as 2h or 14d, at most a year');
  return seconds;
}
