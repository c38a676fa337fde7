import { endpoints } from '../../../shared/contract/admin/endpoints.ts';
import { expectRefusal, type Trial } from '../trial.ts';
import { expectThat } from '../verdicts.ts';

/** A test run that the server says has passed. */
export type PassedTestRun = { readonly runId: string };

/** What a validation left: the session it ended in, and the password it set. */
export type Validated = { readonly session: string; readonly password: string };

/** Signs in as a test customer with the validation key, as far as the new password. @throws Broken at the first step that is not as it must be */
export async function validate(trial: Trial, email: string, key: string): Promise<Validated> {
  const held = await trial.done(endpoints.login, { body: { email, password: trial.temporaryPassword, validation_key: key } });
  expectThat(held.password_reset_required, 'The sign-in with the validation key is not held at the reset.');
  await trial.refused(endpoints.me, { as: { session: held.session_token } }, 403, ['password_reset_required']);
  const password = trial.newPassword();
  const full = await trial.done(endpoints.setPassword, { body: { new_password: password }, as: { session: held.session_token } });
  const me = await trial.done(endpoints.me, { as: { session: full.session_token } });
  expectThat(me.email === email, 'GET /me shows somebody else.');
  return { session: full.session_token, password };
}

/** The session is dead for everything. @throws Broken */
export async function expectDead(trial: Trial, session: string): Promise<void> {
  expectRefusal(await trial.send(endpoints.me, { as: { session } }), [401, 403], []);
  expectRefusal(await trial.send(endpoints.setPassword, { body: { new_password: trial.newPassword() }, as: { session } }), [401, 403], []);
}
