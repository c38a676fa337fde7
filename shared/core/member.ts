import { z } from 'zod';

const timeSchema = z.iso.datetime();

/**
 * How far a cohort member has come. `not_prepared`: no run has written it. `prepared`: armed, has not signed in.
 * `signed_in`: held at the reset. `completed`: has set a new password. `rolled_back`: prepared once, put back since.
 */
export const memberStateSchema = z.enum(['not_prepared', 'prepared', 'signed_in', 'completed', 'rolled_back']);
export type MemberState = z.infer<typeof memberStateSchema>;

/** A member of a migration's cohort as it is now. Nobody else is ever listed (A2). */
export const memberSchema = z.object({
  email: z.string(),
  user_id: z.string().nullable(),
  state: memberStateSchema,
  must_reset_password: z.boolean(),
  prepared_at: timeSchema.nullable(),
  signed_in_at: timeSchema.nullable(),
  completed_at: timeSchema.nullable(),
  password_last_set_at: timeSchema.nullable(),
  password_set_method: z.string().nullable(),
  stripe_customer_id: z.string().nullable(),
  migration: z.object({ cohort: z.string().nullable(), source_file: z.string().nullable() }),
});
export type Member = z.infer<typeof memberSchema>;

/** What was recorded of a member, from which its state follows. Validation's own sign-ins are no part of it. */
export type MemberRecord = {
  readonly preparedAt: string | null;
  readonly rolledBackAt: string | null;
  readonly signedInAt: string | null;
  readonly completedAt: string | null;
};

/** The member's state. Completion outlasts everything (A3); of preparing and putting back the later one counts. */
export function memberState(record: MemberRecord): MemberState {
  if (record.completedAt !== null) return 'completed';
  if (record.preparedAt === null) return 'not_prepared';
  if (record.rolledBackAt !== null && Date.parse(record.rolledBackAt) >= Date.parse(record.preparedAt)) return 'rolled_back';
  return record.signedInAt !== null && Date.parse(record.signedInAt) >= Date.parse(record.preparedAt) ? 'signed_in' : 'prepared';
}
