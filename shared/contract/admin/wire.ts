import { z } from 'zod';

/** Building blocks that every call of the admin API uses. Times are RFC 3339 UTC; hashes lower-case hex SHA-256. */
export const timeSchema = z.iso.datetime();
export const hashSchema = z.string().regex(/^[0-9a-f]{64}$/);
export const idSchema = z.string().min(1).max(128);
export const emailTextSchema = z.string().min(3).max(254);
/** A place in a list, opaque to the client; sent back as it came. */
export const cursorSchema = z.string().min(1).max(256);
/** Query values arrive as text and stay text: nothing is coerced. 1 to 1000. */
export const limitTextSchema = z.string().regex(/^(?:[1-9][0-9]{0,2}|1000)$/);
/** Seconds to hold an answer, 0 to 60. */
export const waitTextSchema = z.string().regex(/^(?:[0-9]|[1-5][0-9]|60)$/);

export const noParams = z.strictObject({});
export const noQuery = z.strictObject({});
export const noBody = z.undefined();
/** A call that has nothing to say: `{}`, or no body at all. */
export const emptyBody = z.strictObject({}).optional();

export const migrationParams = z.strictObject({ id: idSchema });
export const runParams = z.strictObject({ run_id: idSchema });
export const testRunParams = z.strictObject({ id: idSchema, run_id: idSchema });

/** The shape of every list. */
export function listSchema<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next_cursor: cursorSchema.nullable() });
}
