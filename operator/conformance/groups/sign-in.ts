import { endpoints } from '../../../shared/contract/admin/endpoints.ts';
import { needsIdempotencyKey } from '../../../shared/contract/admin/endpoint.ts';
import type { CohortRecord } from '../../../shared/core/cohort.ts';
import { requestPath } from '../../admin-api/request-path.ts';
import { codeOf, said, sha256Hex, type Trial } from '../trial.ts';
import { Broken, expectThat, need, NotChecked } from '../verdicts.ts';
import type { EndedRun } from './executions.ts';
import { memberOf } from './members.ts';
import { expectDead } from './validate.ts';

/** The usual limit is 10 in 15 minutes; a limit that lets through more than this is none. */
const ATTEMPTS = 25;
const EVENT_PROPERTIES = ['user_id', 'email', 'stripe_customer_id', 'timestamp', 'migration_cohort', 'source_file'];

/** Opens a session that is held at the reset, as a customer with the temporary password would. @throws Broken, NotChecked */
async function openHeld(trial: Trial, email: string): Promise<string> {
  const answer = await trial.send(endpoints.login, { body: { email, password: trial.temporaryPassword } });
  const reply = endpoints.login.reply.safeParse(answer.json);
  if (answer.status === 200 && reply.success) {
    expectThat(reply.data.password_reset_required, 'The temporary password opened the whole account.');
    return reply.data.session_token;
  }
  if (answer.status === 401 && trial.migration.settings['confirm_by_email'] === true) throw new NotChecked('This migration opens the reset by a link in an e-mail, which cannot be read here.');
  throw new Broken(`${said(answer)} to the temporary password of a prepared customer.`);
}

/** The whole way of a customer: signs in with the temporary password and sets one of their own. @throws Broken, NotChecked */
export async function complete(trial: Trial, email: string): Promise<string> {
  const held = await openHeld(trial, email);
  const password = trial.newPassword();
  await trial.done(endpoints.setPassword, { body: { new_password: password }, as: { session: held } });
  return password;
}

/** Nobody can be told apart by the answer to a sign-in. `prepared`: somebody who is armed now. */
export async function checkRefusedSignIn(trial: Trial, prepared: CohortRecord): Promise<void> {
  const { verdicts, people } = trial;
  const login = (email: string, password: string) => trial.send(endpoints.login, { body: { email, password } });
  await verdicts.check('sign_in.same_bytes', async () => {
    const unknown = await login(people.outsider.email, trial.newPassword());
    const asCohort = await login(people.outsider.email, trial.temporaryPassword);
    const wrong = await login(prepared.email, trial.newPassword());
    for (const answer of [unknown, asCohort, wrong]) expectThat(answer.status === 401 && codeOf(answer) === 'invalid_credentials', `${said(answer)}, not 401 invalid_credentials.`);
    expectThat(unknown.text === wrong.text && unknown.text === asCohort.text, 'The answers for an unknown address and for a wrong password are not the same bytes.');
    expectThat(unknown.headers['content-type'] === wrong.headers['content-type'], 'The answers have different media types.');
  });
}

/** What customers meet (A10 to A12). `customer` goes all the way, `held` stays at the reset; gives the session of the latter. */
export async function checkSignIn(trial: Trial, ended: EndedRun | undefined, customer: CohortRecord, held: CohortRecord): Promise<string | undefined> {
  const { verdicts } = trial;

  const session = await verdicts.check('sign_in.forced_reset', async () => {
    need(ended, 'prepared customers');
    const opened = await openHeld(trial, customer.email);
    await trial.refused(endpoints.me, { as: { session: opened } }, 403, ['password_reset_required']);
    return opened;
  });

  await verdicts.check('sign_in.nothing_else', async () => {
    const as = { session: need(session, 'a session held at the reset') };
    for (const call of Object.values(endpoints)) {
      const isForCustomers = call.access === 'session';
      if (!(call.path.startsWith('/admin/') || isForCustomers) || call.name === 'setPassword' || call.name === 'logout') continue;
      const path = requestPath(call.path.replaceAll(/\{[a-z0-9_]+\}/g, sha256Hex('nothing')), {}, {});
      const answer = await trial.http.send({
        method: call.method,
        path,
        headers: { Authorization: `Bearer ${as.session}`, ...(needsIdempotencyKey(call) ? { 'Idempotency-Key': trial.newKey(), 'Content-Type': 'application/json' } : {}) },
        ...(needsIdempotencyKey(call) ? { body: '{}' } : {}),
      });
      expectThat(answer.status === 401 || answer.status === 403, `${call.method} ${call.path} answered ${answer.status} to a session that is held at the reset.`);
    }
  });

  await verdicts.check('sign_in.password_policy', async () => {
    const as = { session: need(session, 'a session held at the reset') };
    for (const refused of ['Short-1!', 'x'.repeat(129), trial.temporaryPassword]) await trial.refused(endpoints.setPassword, { as, body: { new_password: refused } }, 422, ['password_policy']);
  });

  const other = session === undefined ? undefined : await openHeld(trial, customer.email).catch(() => undefined);

  const full = await verdicts.check('sign_in.completes', async () => {
    const opened = need(session, 'a session held at the reset');
    const { password, fresh } = await setPlainly(trial, opened);
    const me = await trial.done(endpoints.me, { as: { session: fresh } });
    expectThat(me.email === customer.email && me.full_name === customer.full_name, 'GET /me shows somebody else.');
    await expectDead(trial, opened);
    await trial.refused(endpoints.login, { body: { email: customer.email, password: trial.temporaryPassword } }, 401, ['invalid_credentials']);
    const again = await trial.done(endpoints.login, { body: { email: customer.email, password } });
    expectThat(!again.password_reset_required, 'The new password opens no full session.');
    const member = await memberOf(trial, customer.email);
    const isComplete = member.state === 'completed' && !member.must_reset_password && member.password_set_method === 'forced-migration-reset' && member.password_last_set_at !== null && member.completed_at !== null;
    expectThat(isComplete, 'The member is not shown as completed, with when and how the password was set.');
    return { fresh, again: again.session_token };
  });

  await verdicts.check('sign_in.other_sessions', async () => {
    need(full, 'a customer who has completed');
    await expectDead(trial, need(other, 'another session of the same customer'));
  });

  await verdicts.check('sign_in.reset_once', async () => {
    await trial.refused(endpoints.setPassword, { as: { session: need(full, 'a full session').fresh }, body: { new_password: trial.newPassword() } }, 403, []);
  });

  await verdicts.check('sign_in.one_event', async () => {
    need(full, 'a customer who has completed');
    const { items } = await trial.done(endpoints.listEvents, { params: { id: trial.migration.id }, query: { email: customer.email } });
    const [event] = items.filter((one) => !one.void);
    expectThat(event !== undefined && items.length === 1 && event.name === 'Migration Complete', `${items.length} events are recorded, not one Migration Complete.`);
    const missing = EVENT_PROPERTIES.filter((name) => typeof event?.properties[name] !== 'string');
    expectThat(missing.length === 0, `The event lacks ${missing.join(', ')}.`);
    expectThat(event?.properties['email'] === customer.email && event.properties['stripe_customer_id'] === customer.stripe_customer_id, 'The event names somebody else.');
  });

  await verdicts.check('sign_in.logout', async () => {
    const { again } = need(full, 'a full session');
    const answer = await trial.send(endpoints.logout, { as: { session: again } });
    expectThat(answer.status === 204, `${said(answer)}, not 204.`);
    await trial.refused(endpoints.me, { as: { session: again } }, 401, []);
  });

  // Its own check is above; this one only waits at the reset for what a rollback does to it.
  try {
    return ended === undefined ? undefined : await openHeld(trial, held.email);
  } catch {
    return undefined;
  }
}

/** Sets a password that fits the contract's rules and no stricter ones; where those are asked for, one that fits them as well. @throws Broken */
async function setPlainly(trial: Trial, session: string): Promise<{ readonly password: string; readonly fresh: string }> {
  const plain = trial.newPlainPassword();
  const answer = await trial.send(endpoints.setPassword, { body: { new_password: plain }, as: { session } });
  const reply = endpoints.setPassword.reply.safeParse(answer.json);
  if (answer.status === 200 && reply.success) {
    trial.verdicts.enter('sign_in.no_other_rules', 'holds', '');
    return { password: plain, fresh: reply.data.session_token };
  }
  trial.verdicts.enter('sign_in.no_other_rules', 'broken', `${said(answer)} to twelve small letters.`);
  const password = trial.newPassword();
  return { password, fresh: (await trial.done(endpoints.setPassword, { body: { new_password: password }, as: { session } })).session_token };
}

/** Last of all, for it uses up what the address of this machine may try. */
export async function checkSignInLimit(trial: Trial): Promise<void> {
  await trial.verdicts.check('sign_in.limited', async () => {
    const email = `nobody-${trial.people.outsider.email}`;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
      const answer = await trial.send(endpoints.login, { body: { email, password: trial.newPassword() } });
      if (answer.status !== 429) continue;
      expectThat(codeOf(answer) === 'too_many_attempts' && /^\d+$/.test(answer.headers['retry-after'] ?? ''), `${said(answer)}, without the code or Retry-After.`);
      return;
    }
    throw new Broken(`${ATTEMPTS} wrong passwords for one account were all judged.`);
  });
}
