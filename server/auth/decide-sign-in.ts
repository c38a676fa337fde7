import type { SignInFacts } from './sign-in-look-up.ts';

/** What the checks of an attempt said; each was made whatever the others gave. */
export type SignInChecks = {
  readonly isOwnPassword: boolean;
  readonly isTemporaryPassword: boolean;
  readonly cameWithValidationKey: boolean;
};

/** What an attempt opens. */
export type SignInDecision =
  | { readonly kind: 'refused' }
  /** As before there was any migration. What it was judged on must still be so when it opens. */
  | { readonly kind: 'full'; readonly userId: string; readonly passwordHash: string; readonly mustResetPassword: boolean }
  /** Held at the reset (A11). `credentialId` must still be live when the password is set; null when none was live here. */
  | { readonly kind: 'restricted'; readonly by: 'own'; readonly userId: string; readonly migrationId: string; readonly credentialId: string | null; readonly passwordHash: string }
  | { readonly kind: 'restricted'; readonly by: 'temporary'; readonly userId: string; readonly migrationId: string; readonly credentialId: string }
  /** The temporary password was right, and opens nothing by itself: a link to the address held before the migration does. */
  | { readonly kind: 'confirm_by_email'; readonly userId: string; readonly migrationId: string; readonly credentialId: string }
  /** Validation of a test run, as the customer would sign in (A14). */
  | {
      readonly kind: 'tagged_restricted';
      readonly userId: string;
      readonly migrationId: string;
      readonly credentialId: string;
      readonly validationKeyId: string;
      readonly testRunId: string;
    };

const refused: SignInDecision = { kind: 'refused' };

/**
 * Decides an attempt. The temporary password opens only for somebody armed, with the flag on and the credential live;
 * while armed and the flag on, one's own password opens the forced reset too (A11, A15). With `confirm_by_email` the temporary
 * one has a link sent instead; validation's key stands for the operator who began the test run, and needs none.
 */
export function decideSignIn(facts: SignInFacts | null, checks: SignInChecks): SignInDecision {
  if (facts === null) return refused;
  const { user_id: userId, migration_id: migrationId, credential_id: credentialId } = facts;
  const isHeld = migrationId !== null && facts.is_flag_on;
  const isLive = credentialId !== null && facts.is_credential_live;
  const opensByTemporary = isHeld && isLive && checks.isTemporaryPassword;
  if (checks.cameWithValidationKey) {
    const { validation_key_id: validationKeyId, test_run_id: testRunId } = facts;
    if (!opensByTemporary || validationKeyId === null || testRunId === null) return refused;
    return { kind: 'tagged_restricted', userId, migrationId, credentialId, validationKeyId, testRunId };
  }
  if (opensByTemporary && !facts.confirms_by_email) return { kind: 'restricted', by: 'temporary', userId, migrationId, credentialId };
  if (!checks.isOwnPassword || facts.password_hash === null) return opensByTemporary ? { kind: 'confirm_by_email', userId, migrationId, credentialId } : refused;
  if (isHeld) return { kind: 'restricted', by: 'own', userId, migrationId, credentialId: isLive ? credentialId : null, passwordHash: facts.password_hash };
  return { kind: 'full', userId, passwordHash: facts.password_hash, mustResetPassword: facts.must_reset_password };
}
