import { describe, expect, it } from 'vitest';
import { decideSignIn, type SignInChecks } from './decide-sign-in.ts';
import type { SignInFacts } from './sign-in-look-up.ts';

const armed: SignInFacts = {
  user_id: 'user',
  password_hash: 'own hash',
  must_reset_password: true,
  migration_id: 'migration',
  is_flag_on: true,
  credential_id: 'credential',
  credential_hmac: 'hmac',
  is_credential_live: true,
  confirms_by_email: false,
  validation_key_id: null,
  test_run_id: null,
};
const outsider: SignInFacts = { ...armed, migration_id: null, is_flag_on: false, credential_id: null, credential_hmac: null, is_credential_live: false };
const neither: SignInChecks = { isOwnPassword: false, isTemporaryPassword: false, cameWithValidationKey: false };
const own: SignInChecks = { ...neither, isOwnPassword: true };
const temporary: SignInChecks = { ...neither, isTemporaryPassword: true };
const withKey: SignInChecks = { ...temporary, cameWithValidationKey: true };
const validated: SignInFacts = { ...armed, validation_key_id: 'key', test_run_id: 'run' };

describe('what a sign-in opens', () => {
  it.each([
    ['nobody, whatever checks said', null, { ...own, isTemporaryPassword: true }, 'refused'],
    ['somebody armed with the temporary password', armed, temporary, 'restricted'],
    ['somebody armed with their own password', armed, own, 'restricted'],
    ['somebody armed with neither', armed, neither, 'refused'],
    ['somebody armed with the flag off and the temporary password', { ...armed, is_flag_on: false }, temporary, 'refused'],
    ['somebody armed with the flag off and their own password', { ...armed, is_flag_on: false }, own, 'full'],
    ['somebody armed whose credential is over, with it', { ...armed, is_credential_live: false }, temporary, 'refused'],
    ['somebody armed whose credential is over, with their own password', { ...armed, is_credential_live: false }, own, 'restricted'],
    ['an outsider with their own password', outsider, own, 'full'],
    ['an outsider with the temporary password', outsider, temporary, 'refused'],
    ['somebody without a password of their own, should a check claim one', { ...outsider, password_hash: null }, own, 'refused'],
    ['a test user with key and temporary password', validated, withKey, 'tagged_restricted'],
    ['a test user with the key and their own password', validated, { ...own, cameWithValidationKey: true }, 'refused'],
    ['somebody with a key that is not theirs', armed, withKey, 'refused'],
    ['somebody armed with the temporary password, to be confirmed', { ...armed, confirms_by_email: true }, temporary, 'confirm_by_email'],
    ['somebody armed with their own password, though a link would be sent for the other', { ...armed, confirms_by_email: true }, own, 'restricted'],
    ['somebody armed with neither, to be confirmed', { ...armed, confirms_by_email: true }, neither, 'refused'],
    ['somebody whose credential is over, to be confirmed', { ...armed, confirms_by_email: true, is_credential_live: false }, temporary, 'refused'],
    ['a test user with the key, to be confirmed', { ...validated, confirms_by_email: true }, withKey, 'tagged_restricted'],
    ['a test user without the key', validated, temporary, 'restricted'],
  ] as const)('%s: %#', (_who, facts, checks, kind) => {
    expect(decideSignIn(facts, checks).kind).toBe(kind);
  });

  it('rests on a credential only where one was live', () => {
    expect(decideSignIn(armed, own)).toMatchObject({ by: 'own', credentialId: 'credential' });
    expect(decideSignIn({ ...armed, is_credential_live: false }, own)).toMatchObject({ by: 'own', credentialId: null });
  });
});
