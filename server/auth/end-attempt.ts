import { sql } from 'kysely';
import { z } from 'zod';
import type { SignInLimits } from '../config/config-file.ts';
import type { KeptStatement } from '../store/engine.ts';
import type { SignInTx } from '../store/store.ts';
import type { Attempt } from './attempt-limits.ts';
import type { SignInStatements } from './short-waits.ts';

/** An attempt that has been judged, as the database counts it. */
export type EndedAttempt = {
  readonly attempt: Attempt;
  readonly limits: SignInLimits;
  /** The live credential that the account attempted on is armed with; null for everybody else. */
  readonly credentialId: string | null;
  readonly kind: 'opened' | 'refused';
  /** Named in the audit log when the breaker trips: whoever looks into it must know which. */
  readonly plainAddress: string;
  readonly requestId: string;
};

/** What the breaker and the declared rate say of it. Not admitted without a time: the credential has just been suspended. */
export type AttemptEnd = {
  readonly isAdmitted: boolean;
  readonly retryAfterSeconds: number | null;
  /** This very attempt has tripped the breaker. */
  readonly hasTripped: boolean;
  /** This very attempt has suspended the credential. */
  readonly hasSuspended: boolean;
};

const endSchema = z.object({ is_admitted: z.boolean(), retry_after_seconds: z.number().nullable(), has_tripped: z.boolean(), has_suspended: z.boolean() });

/**
 * Ends an attempt that opens nothing, or was opened by the temporary password: remembers that this account met this address,
 * and asks the breaker once more, one attempt of an address after the other: of many that were sent at once none had been
 * recorded when the others were admitted. Sign-ins with one's own password do not come here: an office behind one address is
 * no attack (A4). Where a rate is declared, one too many suspends the credential in the same moment, with its audit entry.
 */
export async function endAttempt(tx: SignInTx, ended: EndedAttempt): Promise<AttemptEnd> {
  const [address, account, accountsMax, credential, kind, rateMax, plainAddress, requestId] = notedValues(ended);
  const { rows } = await sql<Record<string, unknown>>`
    select * from drydock_end_attempt(${address}::text, ${account}::text, ${accountsMax}::integer, ${credential}::uuid, ${kind}::text, ${rateMax}::integer, ${plainAddress}::text, ${requestId}::text)`.execute(tx);
  return attemptEndOf(rows[0]);
}

/** The same for a refusal, in one round trip. */
export async function endRefused(store: SignInStatements, ended: EndedAttempt): Promise<AttemptEnd> {
  const [row] = await store.runSignIn(refused, notedValues(ended));
  return attemptEndOf(row);
}

export function attemptEndOf(row: Record<string, unknown> | undefined): AttemptEnd {
  const end = endSchema.parse(row);
  return { isAdmitted: end.is_admitted, retryAfterSeconds: end.retry_after_seconds, hasTripped: end.has_tripped, hasSuspended: end.has_suspended };
}

const valueTypes = ['text', 'text', 'integer', 'uuid', 'text', 'integer', 'text', 'text'];

/**
 * The call as part of a kept statement, its values from place `first` on: those of {@link notedValues}. With `after` it is made
 * when all rows of that part have been read, and so locked: the lock of the address is held from the call on, and whoever waits
 * for a customer must not keep everybody else of that address waiting.
 */
export function noted(first: number, after?: string): string {
  const [address, ...others] = valueTypes.map((type, index) => `$${first + index}::${type}`);
  const held = after === undefined ? address : `case when (select count(*) from ${after}) >= 0 then ${address} end`;
  return `select * from drydock_end_attempt(${[held, ...others].join(', ')})`;
}

export function notedValues({ attempt, limits, credentialId, kind, plainAddress, requestId }: EndedAttempt): readonly unknown[] {
  const rateMax = kind === 'opened' ? limits.openingsAMinute : limits.refusalsAMinute;
  return [attempt.address, attempt.account, limits.breakerAccountsPerAddress, credentialId, kind, rateMax, plainAddress, requestId];
}

/**
 * A column that keeps the commit of its statement from waiting for the disk. What an attempt leaves behind is counters and
 * sessions: where the database's machine fails in that moment, a customer signs in once more, and whatever is built on a
 * session (a new password, a logout) waits for the disk itself and takes everything before it along.
 */
export const withoutWaitingForDisk = `set_config('synchronous_commit', 'off', true) as no_wait`;

const refused: KeptStatement = { name: 'end-refused-attempt', text: `select noted.*, ${withoutWaitingForDisk} from (${noted(1)}) noted` };
