import { isCommonPassword } from './common-passwords.ts';

/** Counted in code points, so that a letter counts once whatever its alphabet. */
export const PASSWORD_MIN_LENGTH = 12;
export const PASSWORD_MAX_LENGTH = 128;

export type PasswordProblem = {
  readonly code: 'too_short' | 'too_long' | 'temporary' | 'common';
  readonly message: string;
};

/**
 * Whether a password may be set (A10, A11): 12 to 128 characters, not the temporary one, not a common one, and
 * nothing else is asked. `isTemporary` compares with the migration's credential in constant time, so it is asked
 * for every password of the right length. The message never repeats the password. Null: it may.
 */
export function passwordProblem(password: string, isTemporary: (password: string) => boolean): PasswordProblem | null {
  const length = codePointCount(password, PASSWORD_MAX_LENGTH);
  if (length < PASSWORD_MIN_LENGTH) return { code: 'too_short', message: `Use at least ${PASSWORD_MIN_LENGTH} characters.` };
  if (length > PASSWORD_MAX_LENGTH) return { code: 'too_long', message: `Use at most ${PASSWORD_MAX_LENGTH} characters.` };
  if (isTemporary(password)) return { code: 'temporary', message: 'Choose another password than the temporary one.' };
  if (isCommonPassword(password)) return { code: 'common', message: 'This password is one of the first that are guessed. Choose another.' };
  return null;
}

/** Counts no further than one past `limit`, so that a huge body costs nothing. */
function codePointCount(text: string, limit: number): number {
  let count = 0;
  for (const _ of text) {
    count += 1;
    if (count > limit) break;
  }
  return count;
}
