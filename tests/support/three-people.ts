import type { TestMigration } from './admin-server.ts';
import type { InlineRecord, Way } from './migration-way.ts';

/** One row of each kind: Ann is known by her address, Bob by his name alone, and Cat is new. */
export type ThreePeople = { readonly ann: string; readonly bob: string; readonly cat: string; readonly records: readonly InlineRecord[] };

/** Settles who of them is there before the migration; Ann has another Stripe id, and the password of `passwordHash` where it is given. */
export async function settleThreePeople(migration: TestMigration, passwordHash?: string): Promise<ThreePeople> {
  const at = (name: string): string => `${name}@${migration.id}.example.org`;
  const stripe = `cus_${migration.id.replaceAll('-', '')}`;
  await migration.addUser({ email: at('ann'), name: `Ann ${migration.id}`, stripeCustomerId: `${stripe}Old`, ...(passwordHash === undefined ? {} : { passwordHash }) });
  await migration.addUser({ email: at('old.bob'), name: `Bob ${migration.id}` });
  const record = (name: string, letter: string): InlineRecord => ({ email: at(name.toLowerCase()), full_name: `${name} ${migration.id}`, stripe_customer_id: `${stripe}${letter}` });
  return { ann: at('ann'), bob: at('bob'), cat: at('cat'), records: [record('Ann', 'A'), record('Bob', 'B'), record('Cat', 'C')] };
}

/** Takes them the whole way to the end of their execution. @throws when it is refused */
export async function executeThreePeople(way: Way, { ann, bob, cat, records }: ThreePeople): Promise<{ readonly planHash: string; readonly runId: string; readonly run: Record<string, unknown> }> {
  const { planHash } = await way.plan(records);
  await way.tryOut(planHash, [ann, bob, cat]);
  await way.approve(planHash);
  const reply = await way.execute(planHash, { acknowledged: [bob] });
  if (reply.status !== 202) throw new Error(reply.text);
  const runId = String(reply.body['run_id']);
  return { planHash, runId, run: await way.settled(runId) };
}
