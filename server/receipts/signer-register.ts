import { sql } from 'kysely';
import type { Signer } from '../../shared/contract/admin/signers.ts';
import { allowedSignersLine } from '../../shared/core/allowed-signers.ts';
import { keyFingerprint, parsePublicKeyLine, publicKeyLine } from '../../shared/core/ssh-public-key.ts';
import { sshsigNamespaces } from '../../shared/core/sshsig.ts';
import type { AdminTx, ReadTx } from '../store/transactions.ts';
import { sha256Bytes } from './ed25519.ts';
import type { ReceiptKeyRecord } from './receipt-key-history.ts';

export type SignerRecord = {
  readonly fingerprint: string;
  readonly sub: string;
  readonly publicKeyLine: string;
  readonly registeredAt: Date;
  /** From when on it signs nothing new; null: no end yet. */
  readonly validUntil: Date | null;
  readonly revokedAt: Date | null;
  /** Neither revoked nor ended, by the database's clock when it was read. */
  readonly isLive: boolean;
};

const isLive = sql<boolean>`revoked_at is null and (valid_until is null or valid_until > now())`.as('is_live');
const columns = ['fingerprint', 'sub', 'public_key', 'registered_at', 'valid_until', 'revoked_at', isLive] as const;
type SignerRow = { fingerprint: string; sub: string; public_key: string; registered_at: Date; valid_until: Date | null; revoked_at: Date | null; is_live: boolean };

/** Every operator's key, revoked ones too, oldest first. */
export async function listSignerRecords(tx: ReadTx): Promise<readonly SignerRecord[]> {
  const rows = await tx.selectFrom('signers').select(columns).orderBy('registered_at').orderBy('fingerprint').execute();
  return rows.map(recordOf);
}

/** The keys that one person ever had. The lock keeps two first keys from being entered side by side. */
export async function lockSignersOf(tx: AdminTx, sub: string): Promise<readonly SignerRecord[]> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`drydock signer ${sub}`}, 0))`.execute(tx);
  const rows = await tx.selectFrom('signers').select(columns).where('sub', '=', sub).execute();
  return rows.map(recordOf);
}

export async function findSigner(tx: ReadTx, fingerprint: string): Promise<SignerRecord | undefined> {
  const row = await tx.selectFrom('signers').select(columns).where('fingerprint', '=', fingerprint).executeTakeFirst();
  return row === undefined ? undefined : recordOf(row);
}

/** Enters a key; undefined when it is there already, whoever holds it. */
export async function insertSigner(tx: AdminTx, sub: string, publicKey: Uint8Array, validUntil: Date | null): Promise<SignerRecord | undefined> {
  const row = await tx
    .insertInto('signers')
    .values({ fingerprint: keyFingerprint(publicKey, sha256Bytes), sub, public_key: publicKeyLine(publicKey), valid_until: validUntil })
    .onConflict((conflict) => conflict.column('fingerprint').doNothing())
    .returning(columns)
    .executeTakeFirst();
  return row === undefined ? undefined : recordOf(row);
}

/** Ends a key at the database's own time; one that ended before stays as it was. */
export async function endSignerRecord(tx: AdminTx, fingerprint: string): Promise<void> {
  await tx
    .updateTable('signers')
    .set({ valid_until: sql<Date>`least(valid_until, now())` })
    .where('fingerprint', '=', fingerprint)
    .execute();
}

/** Revokes a key at the database's own time; one that is revoked stays as it was. */
export async function revokeSignerRecord(tx: AdminTx, fingerprint: string, revokedBy: string): Promise<SignerRecord | undefined> {
  await tx
    .updateTable('signers')
    .set({ revoked_at: sql<Date>`now()`, revoked_by: revokedBy })
    .where('fingerprint', '=', fingerprint)
    .where('revoked_at', 'is', null)
    .execute();
  return findSigner(tx, fingerprint);
}

/**
 * An operator's key on the wire. A revoked one has a comment for a line: whoever stole it could sign anything with any
 * date, so that nothing signed with it counts any more.
 */
export function operatorSigner(record: SignerRecord): Signer {
  const line = allowedSignersLine({
    principal: record.sub,
    namespace: sshsigNamespaces.report,
    validAfter: record.registeredAt,
    validBefore: record.validUntil,
    publicKey: keyOf(record.publicKeyLine),
  });
  return {
    fingerprint: record.fingerprint,
    kind: 'operator',
    principal: record.sub,
    public_key: record.publicKeyLine,
    valid_from: record.registeredAt.toISOString(),
    valid_until: record.validUntil?.toISOString() ?? null,
    revoked_at: record.revokedAt?.toISOString() ?? null,
    allowed_signers_line: record.revokedAt === null ? line : `# revoked ${record.revokedAt.toISOString()} ${line}`,
  };
}

/** A receipt key on the wire. */
export function receiptSigner(record: ReceiptKeyRecord): Signer {
  return {
    fingerprint: record.fingerprint,
    kind: 'receipt',
    principal: record.principal,
    public_key: record.publicKeyLine,
    valid_from: record.validAfter.toISOString(),
    valid_until: record.validBefore?.toISOString() ?? null,
    revoked_at: null,
    allowed_signers_line: allowedSignersLine({
      principal: record.principal,
      namespace: sshsigNamespaces.receipt,
      validAfter: record.validAfter,
      validBefore: record.validBefore,
      publicKey: keyOf(record.publicKeyLine),
    }),
  };
}

function recordOf(row: SignerRow): SignerRecord {
  return { fingerprint: row.fingerprint, sub: row.sub, publicKeyLine: row.public_key, registeredAt: row.registered_at, validUntil: row.valid_until, revokedAt: row.revoked_at, isLive: row.is_live };
}

function keyOf(line: string): Uint8Array {
  const key = parsePublicKeyLine(line);
  if (key === null) throw new Error('A stored public key cannot be read.');
  return key;
}
