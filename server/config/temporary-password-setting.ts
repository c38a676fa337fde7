import { passwordProblem } from '../../shared/core/password-policy.ts';
import { SettingError } from './setting-error.ts';

/**
 * The temporary password as configured, once it is known to meet the password policy (A10).
 * @throws SettingError that says what is wrong, and never the word.
 */
export function acceptableTemporaryPassword(password: string): string {
  const problem = passwordProblem(password, () => false);
  if (problem !== null) throw new SettingError('DRYDOCK_TEMP_PASSWORD', `does not meet the password policy: ${problem.message}`);
  return password;
}
