import type { TestStore } from './test-store.ts';

/** Everything that is kept about a customer. */
const CUSTOMER_TABLES = ['users', 'user_emails', 'stripe_links', 'members', 'sessions', 'events', 'snapshots'] as const;

/** One hash over everything about every customer: equal before and after means that nobody was touched. */
export async function customersHash(test: TestStore): Promise<string> {
  const parts = CUSTOMER_TABLES.map((table) => `(select coalesce(string_agg(md5(to_jsonb(t)::text), '' order by to_jsonb(t)::text), '') from ${table} t)`);
  const [row] = await test.asLogin(`select md5(concat_ws('|', ${parts.join(', ')})) as hash`);
  return String(row?.['hash']);
}
