import { sql } from 'kysely';
import { z } from 'zod';
import { addresses, customers } from '../directory/customer-relations.ts';
import { Refusal } from '../guards/refusal.ts';
import type { Store } from '../store/store.ts';
import { endSession, findSession } from './sessions.ts';
import { noteHeldAtReset } from './validation-facts.ts';

const profileSchema = z.object({ user_id: z.string(), email: z.string(), full_name: z.string() });

/** Who is signed in, as they see it. */
export type Profile = z.infer<typeof profileSchema>;

/**
 * Gives the profile behind a session.
 * @throws Refusal `unauthenticated`, or `password_reset_required` on a session that is held at the reset.
 */
export async function whoAmI(store: Store, token: string | null): Promise<Profile> {
  if (token === null) throw new Refusal('unauthenticated');
  const found = await store.inSignInTx(async (tx) => {
    const session = await findSession(tx, token, 'look');
    if (session === null) return 'no session';
    if (session.kind === 'restricted') return 'held';
    if (session.kind === 'tagged_restricted') {
      if (session.test_run_id !== null) await noteHeldAtReset(tx, session.test_run_id, session.user_id);
      return 'held';
    }
    const profile = await sql`
      select u.id as user_id, e.email, u.full_name from ${customers} u join ${addresses} e on e.user_id = u.id and e.kind = 'primary' where u.id = ${session.user_id}`.execute(tx);
    return profileSchema.parse(profile.rows[0]);
  });
  if (found === 'no session') throw new Refusal('unauthenticated');
  if (found === 'held') throw new Refusal('password_reset_required');
  return found;
}

/** Ends the session. One that is over already, or never was, is no mistake: what was asked for is so. */
export async function signOut(store: Store, token: string | null): Promise<void> {
  if (token === null) return;
  await store.inSignInTx(async (tx) => {
    const session = await findSession(tx, token, 'lock');
    if (session !== null) await endSession(tx, session.id, 'signed out');
  });
}
