import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FRESH, OWN, type Prepared, type SignInWorld, startSignInWorld, TEMPORARY, tokenOf } from '../../tests/support/sign-in-world.ts';
import { confirmationMailWriter } from '../mail/confirmation-mail.ts';
import { createMailOutbox, type MailOutbox } from '../mail/mail-outbox.ts';
import { type Mail, MailNotSent } from '../mail/mail-port.ts';

let world: SignInWorld;
let outbox: MailOutbox;
const mails: Mail[] = [];
const failures: unknown[] = [];
let isMailDown = false;
/** What happens while the next mail is being handed over. */
let meanwhile: (() => Promise<unknown>) | undefined;

beforeAll(async () => {
  world = await startSignInWorld();
  outbox = newOutbox();
});

/** The sender of one server process. */
function newOutbox(): MailOutbox {
  return createMailOutbox({
    store: world.test.store,
    secretKey: world.secretKey,
    write: confirmationMailWriter(new URL('https://shop.example/confirm')),
    logFailure: (error) => void failures.push(error),
    port: {
      send: async (mail) => {
        if (isMailDown) throw new MailNotSent('ECONNECTION');
        const work = meanwhile;
        meanwhile = undefined;
        await work?.();
        mails.push(mail);
      },
      check: async () => undefined,
      close: () => undefined,
    },
  });
}
afterAll(async () => {
  await outbox.stop();
  await world.close();
});

/** A migration whose temporary password only has a link sent. */
async function prepareConfirming(): Promise<Prepared> {
  const prepared = await world.prepare();
  await world.test.asLogin(`update migrations set settings = '{"confirm_by_email": true}' where id = $1`, [prepared.migration]);
  return prepared;
}
const confirm = async (token: string, method = 'POST') => world.call(method, '/auth/confirm', { body: method === 'POST' ? { token } : undefined });

/** Signs in with the temporary password and gives the token of the mail that came of it. */
async function linkToken(prepared: Prepared): Promise<string> {
  mails.length = 0;
  await world.login(prepared.email, TEMPORARY);
  await outbox.sendDue();
  const token = /#token=([0-9a-f]{64})$/m.exec(mails[0]?.text ?? '')?.[1];
  if (token === undefined) throw new Error('No link was sent.');
  return token;
}

describe('a temporary password that has to be confirmed by e-mail', () => {
  it('opens nothing, and answers as a wrong password does', async () => {
    const prepared = await prepareConfirming();
    mails.length = 0;
    const asked = world.linksAsked();
    const before = world.verifications();
    const right = await world.login(prepared.email, TEMPORARY);
    const wrong = await world.login(prepared.email, 'wrong password');
    expect(world.verifications() - before).toBe(2);
    expect([right.status, right.text]).toEqual([401, wrong.text]);
    expect([...right.headers.keys()]).toEqual([...wrong.headers.keys()]);
    expect(await world.test.asLogin('select count(*)::int as count from sessions where user_id = $1', [prepared.userId])).toEqual([{ count: 0 }]);
    expect(mails, 'nothing is sent inside the call').toEqual([]);
    expect(world.linksAsked() - asked).toBe(1);
    expect(await outbox.sendDue(), 'but after it').toBe(1);
  });

  it('has a link sent to the address held before the migration, whose token opens the reset', async () => {
    const prepared = await prepareConfirming();
    const added = `new.${prepared.email}`;
    await world.test.asLogin('alter table user_emails disable trigger user_emails_insert_guard');
    await world.test.asLogin(`insert into user_emails (email, user_id, kind, added_by_run) values ($1, $2, 'added', $3)`, [added, prepared.userId, prepared.run.runId]);
    await world.test.asLogin('alter table user_emails enable trigger user_emails_insert_guard');
    mails.length = 0;
    expect((await world.login(added, TEMPORARY)).status).toBe(401);
    expect(await outbox.sendDue()).toBe(1);
    expect(mails).toEqual([{ id: expect.any(String), to: prepared.email, subject: 'Confirm your sign-in', text: expect.stringContaining('within 15 minutes') }]);
    const token = /https:\/\/shop\.example\/confirm#token=([0-9a-f]{64})$/m.exec(mails[0]?.text ?? '')?.[1] ?? '';
    expect(await world.test.asLogin('select count(*)::int as count from email_confirmations where token_hash = $1', [token]), 'the token itself is nowhere').toEqual([{ count: 0 }]);

    const opened = await confirm(token);
    expect(opened).toMatchObject({ status: 200, body: { password_reset_required: true } });
    expect((await world.me(tokenOf(opened))).status).toBe(403);
    expect((await world.setPassword(tokenOf(opened))).status).toBe(200);
    expect(await world.login(prepared.email, FRESH)).toMatchObject({ status: 200, body: { password_reset_required: false } });
    expect((await world.eventsOf(prepared.userId)).map((event) => event['state'])).toEqual(['recorded']);
  });

  it('is opened once by a link, which a GET does not use up', async () => {
    const token = await linkToken(await prepareConfirming());
    expect((await confirm(token, 'GET')).status).toBe(405);
    const replies = await Promise.all([confirm(token), confirm(token), confirm(token)]);
    expect(replies.map(({ status }) => status).toSorted((left, right) => left - right)).toEqual([200, 401, 401]);
  });

  it.each([
    ['is over', async () => world.test.asLogin(`update email_confirmations set expires_at = now()`)],
    ['meets the flag off', async (p: Prepared) => world.test.asLogin('update feature_flags set enabled = false where name = $1', [p.flag])],
    ['meets a revoked word', async (p: Prepared) => world.test.asLogin('update temp_credentials set revoked_at = now() where id = $1', [p.credentialId])],
    ['meets a suspended word', async (p: Prepared) => world.test.asLogin(`update temp_credentials set suspended_at = now(), suspended_because = 'test' where id = $1`, [p.credentialId])],
  ])('is opened by no link that %s', async (_what, change) => {
    const prepared = await prepareConfirming();
    const token = await linkToken(prepared);
    await change(prepared);
    const refused = await confirm(token);
    expect([refused.status, refused.text]).toEqual([401, (await world.login(prepared.email, 'wrong password')).text]);
  });

  it.each([
    ['the flag was off', async (p: Prepared, isGood: boolean) => world.test.asLogin('update feature_flags set enabled = $2 where name = $1', [p.flag, isGood])],
    ['the word was suspended', async (p: Prepared, isGood: boolean) => world.test.asLogin(`update temp_credentials set suspended_at = case when $2 then null else now() end, suspended_because = case when $2 then null else 'test' end where id = $1`, [p.credentialId, isGood])],
  ])('is still opened by a link that was tried while %s', async (_what, set) => {
    const prepared = await prepareConfirming();
    const token = await linkToken(prepared);
    await set(prepared, false);
    expect((await confirm(token)).status).toBe(401);
    expect(await world.test.asLogin('select used_at from email_confirmations where user_id = $1', [prepared.userId])).toEqual([{ used_at: null }]);
    await set(prepared, true);
    expect((await confirm(token)).status).toBe(200);
    expect((await confirm(token)).status).toBe(401);
  });

  it('fills nobody\'s mailbox', async () => {
    const prepared = await prepareConfirming();
    await linkToken(prepared);
    mails.length = 0;
    for (let attempt = 0; attempt < 3; attempt += 1) await world.login(prepared.email, TEMPORARY);
    expect(await outbox.sendDue()).toBe(0);
  });

  it('goes out once, by whichever process is free, while another waits for its mail server', async () => {
    const asked = [await prepareConfirming(), await prepareConfirming(), await prepareConfirming()];
    for (const { email } of asked) await world.login(email, TEMPORARY);
    mails.length = 0;
    let byTheOther = 0;
    const other = newOutbox();
    meanwhile = async () => (byTheOther = await other.sendDue());
    expect([await outbox.sendDue(), byTheOther]).toEqual([1, 2]);
    expect(mails.map(({ to }) => to).toSorted()).toEqual(asked.map(({ email }) => email).toSorted());
    await other.stop();
  });

  it('goes out later when mail is down, and is given up when its time is over', async () => {
    const prepared = await prepareConfirming();
    isMailDown = true;
    await world.login(prepared.email, TEMPORARY);
    expect(await outbox.sendDue()).toBe(0);
    expect(await outbox.sendDue(), 'not at once again').toBe(0);
    expect(failures).toHaveLength(1);
    isMailDown = false;
    await world.test.asLogin(`update email_confirmations set mail_next_at = now() where mail_state = 'pending'`);
    expect(await outbox.sendDue()).toBe(1);

    const late = await prepareConfirming();
    await world.login(late.email, TEMPORARY);
    await world.test.asLogin(`update email_confirmations set expires_at = now() + interval '30 seconds' where user_id = $1`, [late.userId]);
    expect(await outbox.sendDue()).toBe(0);
    expect(await world.test.asLogin('select mail_state from email_confirmations where user_id = $1', [late.userId])).toEqual([{ mail_state: 'dead' }]);
  });

  it('needs no link of whoever proves to be the customer, or the operator who validates', async () => {
    const prepared = await prepareConfirming();
    const key = await world.openTestSet(prepared);
    expect(await world.login(prepared.email, OWN)).toMatchObject({ status: 200, body: { password_reset_required: true } });
    const asked = world.linksAsked();
    expect((await world.login(prepared.email, TEMPORARY, { key })).status).toBe(200);
    expect(world.linksAsked()).toBe(asked);
  });
});

describe('tokens that nobody was sent', () => {
  it('count like wrong passwords: the breaker stops the address that tries them', async () => {
    const statuses = [];
    for (let guess = 0; guess < 52; guess += 1) statuses.push((await world.call('POST', '/auth/confirm', { body: { token: String(guess).padStart(64, '0') }, address: '10.77.0.1' })).status);
    expect(statuses.slice(0, 50).every((status) => status === 401)).toBe(true);
    expect(statuses.slice(50)).toEqual([429, 429]);
  });
});
