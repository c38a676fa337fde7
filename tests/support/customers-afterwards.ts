import { expect } from 'vitest';
import { z } from 'zod';
import { practiceOwnPassword, practicePeople } from '../../server/practice/people.ts';
import type { AdminClient } from './admin-client.ts';
import { setPassword, signIn, whoAmI } from './customer.ts';

/** What the customers of a migration that was executed would meet. */
export interface Afterwards {
  readonly admin: AdminClient;
  readonly migration: string;
  readonly temporaryPassword: string;
  /** The rows of the plan that was executed. */
  readonly rows: readonly { readonly email: string; readonly action: string }[];
}

export const newPassword = 'a fresh pass phrase of its own';

const eventsSchema = z.object({ items: z.array(z.object({ name: z.string(), void: z.boolean() })), next_cursor: z.string().nullable() });

/**
 * Every armed customer signs in with the temporary password, is held at the reset, sets a password, reaches their
 * account, and has exactly one event that counts (A10 to A12, A23). Gives their sessions.
 */
export async function everybodyGoesThroughTheReset({ admin, migration, temporaryPassword, rows }: Afterwards): Promise<Record<string, string>> {
  const sessions: Record<string, string> = {};
  const armed = rows.filter((row) => ['UPDATE_EXISTING', 'CREATE_NEW', 'NO_CHANGE'].includes(row.action));
  expect(armed.length).toBeGreaterThan(30);
  for (const { email } of armed) {
    const held = await signIn(admin.url, email, temporaryPassword);
    expect(held, email).toMatchObject({ status: 200, resetRequired: true });
    expect(await whoAmI(admin.url, held.sessionToken ?? '')).toMatchObject({ status: 403, code: 'password_reset_required' });
    const reset = await setPassword(admin.url, held.sessionToken ?? '', newPassword);
    expect(reset.status, email).toBe(200);
    expect((await whoAmI(admin.url, reset.sessionToken ?? '')).status).toBe(200);
    const events = eventsSchema.parse(await admin.get(`/admin/migration/${migration}/events?email=${encodeURIComponent(email)}`));
    expect(events.items.filter((event) => event.name === 'Migration Complete' && !event.void), email).toHaveLength(1);
    sessions[email] = reset.sessionToken ?? '';
  }
  return sessions;
}

/** Somebody whom the migration has no part in signs in as ever, and the temporary password opens nothing for them (A4). */
export async function outsiderSignsInAsEver(url: string, temporaryPassword: string): Promise<void> {
  const outsider = practicePeople()[3000];
  if (outsider === undefined) throw new Error('there is no such practice person');
  const own = await signIn(url, outsider.email, practiceOwnPassword);
  expect(own).toMatchObject({ status: 200, resetRequired: false });
  expect(await whoAmI(url, own.sessionToken ?? '')).toMatchObject({ status: 200, email: outsider.email });
  expect((await signIn(url, outsider.email, temporaryPassword)).status).toBe(401);
}
