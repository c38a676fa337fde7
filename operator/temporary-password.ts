import { readFileSync } from 'node:fs';
import { problem } from './problems.ts';

/**
 * The temporary password as it was given in the surroundings: `DRYDOCK_TEMP_PASSWORD`, or the file that
 * `DRYDOCK_TEMP_PASSWORD_FILE` names. It is kept nowhere (A19).
 * @throws OperatorError `temporary_password_needed`
 */
export function givenTemporaryPassword(env: Readonly<Record<string, string | undefined>>): string {
  const path = env['DRYDOCK_TEMP_PASSWORD_FILE'];
  const given = env['DRYDOCK_TEMP_PASSWORD'] ?? (path === undefined ? undefined : readPassword(path));
  if (given === undefined || given === '') throw problem('temporary_password_needed', 'Validation needs the temporary password', 'Enter it, or give it in the variable DRYDOCK_TEMP_PASSWORD. It is used for these sign-ins alone and kept nowhere.');
  return given;
}

function readPassword(path: string): string {
  try {
    return readFileSync(path, 'utf8').replace(/\r?\n$/, '');
  } catch {
    throw problem('temporary_password_needed', 'The file of the temporary password cannot be read', 'DRYDOCK_TEMP_PASSWORD_FILE must name a file that you may read.');
  }
}
