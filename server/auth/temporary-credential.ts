import { sql } from 'kysely';
import type { AdminTx, ReadTx } from '../store/store.ts';
import { temporaryPasswordHmac } from './temporary-password.ts';

/** A migration's temporary credential as it may be shown: everything but the word itself. */
export interface CredentialStatus {
  readonly credentialId: string;
  readonly createdAt: Date;
  readonly createdBy: string;
  readonly expiresAt: Date | null;
  readonly revokedAt: Date | null;
  /** Since when a declared rate that was exceeded has kept it from opening anything, and which. */
  readonly suspended: { readonly at: Date; readonly because: string } | null;
  /** By the database's clock, which alone decides (A10). */
  readonly isLive: boolean;
}

/** What a new credential is made of. */
export interface NewCredential {
  readonly id: string;
  readonly secretKey: Uint8Array;
  readonly password: string;
  readonly createdBy: string;
  /** How long it is good for by the database's clock; null: until it is revoked. */
  readonly ttlSeconds: number | null;
}

/**
 * Gives a migration a temporary password; the one before it is revoked in the same moment (A10). Gives when it expires.
 */
export async function setCredential(tx: AdminTx, migrationId: string, credential: NewCredential): Promise<Date | null> {
  await revokeCredential(tx, migrationId, credential.createdBy);
  const set = await tx
    .insertInto('temp_credentials')
    .values({
      id: credential.id,
      migration_id: migrationId,
      hmac: temporaryPasswordHmac(credential.secretKey, credential.password),
      created_by: credential.createdBy,
      expires_at: credential.ttlSeconds === null ? null : fromNow(credential.ttlSeconds),
    })
    .returning('expires_at')
    .executeTakeFirstOrThrow();
  return set.expires_at;
}

/**
 * The seed of a start: taken only where the migration never had a credential, so that a restart brings none back that
 * was revoked or has expired (A10). True when it was taken.
 */
export async function seedCredential(tx: AdminTx, migrationId: string, credential: NewCredential): Promise<boolean> {
  const earlier = await tx.selectFrom('temp_credentials').select('id').where('migration_id', '=', migrationId).limit(1).executeTakeFirst();
  if (earlier !== undefined) return false;
  await setCredential(tx, migrationId, credential);
  return true;
}

/** Shuts the temporary sign-in of the whole cohort at once. False when there was nothing to revoke. */
export async function revokeCredential(tx: AdminTx, migrationId: string, revokedBy: string): Promise<boolean> {
  const revoked = await tx
    .updateTable('temp_credentials')
    .set({ revoked_at: sql<Date>`now()`, revoked_by: revokedBy })
    .where('migration_id', '=', migrationId)
    .where('revoked_at', 'is', null)
    .executeTakeFirst();
  return revoked.numUpdatedRows > 0n;
}

/**
 * Lets a credential that is still good end so many seconds from now by the database's clock, 0 being now; gives when.
 * Null when there is none: what has expired or was revoked is not brought back (A10).
 */
export async function expireCredential(tx: AdminTx, migrationId: string, ttlSeconds: number): Promise<Date | null> {
  const changed = await tx
    .updateTable('temp_credentials')
    .set({ expires_at: fromNow(ttlSeconds) })
    .where('migration_id', '=', migrationId)
    .where('revoked_at', 'is', null)
    .where((term) => term.or([term('expires_at', 'is', null), term('expires_at', '>', sql<Date>`now()`)]))
    .returning('expires_at')
    .executeTakeFirst();
  return changed?.expires_at ?? null;
}

/** The clock that judges an expiry is also the one that it is counted from. */
function fromNow(seconds: number) {
  return sql<Date>`now() + make_interval(secs => ${seconds}::float8)`;
}

/** Lets a suspended credential open again; only an administrator does this. False when none was suspended. */
export async function resumeCredential(tx: AdminTx, migrationId: string): Promise<boolean> {
  const resumed = await tx
    .updateTable('temp_credentials')
    .set({ suspended_at: null, suspended_because: null })
    .where('migration_id', '=', migrationId)
    .where('revoked_at', 'is', null)
    .where('suspended_at', 'is not', null)
    .executeTakeFirst();
  return resumed.numUpdatedRows > 0n;
}

/** Every credential that the migration had, newest first. */
export async function listCredentials(tx: ReadTx, migrationId: string): Promise<readonly CredentialStatus[]> {
  const rows = await tx
    .selectFrom('temp_credentials')
    .select([
      'id', 'created_at', 'created_by', 'expires_at', 'revoked_at', 'suspended_at', 'suspended_because',
      sql<boolean>`revoked_at is null and suspended_at is null and (expires_at is null or expires_at > now())`.as('is_live'),
    ])
    .where('migration_id', '=', migrationId)
    .orderBy('created_at', 'desc')
    .execute();
  return rows.map((row) => ({
    credentialId: row.id,
    createdAt: row.created_at,
    createdBy: row.created_by,
    expiresAt: row.expires_at,
    revokedAt: row.revoked_at,
    suspended: row.suspended_at === null ? null : { at: row.suspended_at, because: row.suspended_because ?? '' },
    isLive: row.is_live,
  }));
}
