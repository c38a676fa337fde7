import { randomUUID } from 'node:crypto';
import Papa from 'papaparse';
import { foldEmail } from '../../shared/core/email.ts';
import { checkName } from '../../shared/core/person-name.ts';
import { checkStripeCustomerId } from '../../shared/core/stripe-customer-id.ts';
import { UsageError } from '../cli-commands/usage-error.ts';

/** A person of one's own for the practice environment. Password null: the account has none yet. */
export interface UserOfOnesOwn {
  readonly userId: string;
  readonly fullName: string;
  readonly email: string;
  readonly stripeCustomerId: string | null;
  readonly password: string | null;
}

const columns = ['email', 'full_name', 'stripe_customer_id', 'password'] as const;

/**
 * Reads `--users`: `email,full_name,stripe_customer_id,password`, the last two may be empty.
 * @throws UsageError naming the first line that cannot be used; nobody is left out in silence.
 */
export function readUsersFile(text: string): readonly UserOfOnesOwn[] {
  const { data, errors } = Papa.parse<Record<string, string | undefined>>(text.replace(/^\uFEFF/, ''), { header: true, skipEmptyLines: 'greedy', transformHeader: (header) => header.trim().toLowerCase() });
  const [error] = errors.filter((each) => each.type !== 'Delimiter');
  if (error !== undefined) throw new UsageError(`--users: line ${String((error.row ?? 0) + 2)}: ${error.message}`);
  const [first] = data;
  if (first === undefined || !Object.hasOwn(first, 'email') || !Object.hasOwn(first, 'full_name')) throw new UsageError(`--users: the first line must be ${columns.join(',')}`);
  const users = data.map((row, place) => userOf(row, place + 2));
  refuseDoubles(users.map((user) => user.email), 'e-mail address');
  refuseDoubles(users.flatMap((user) => user.stripeCustomerId ?? []), 'Stripe customer id');
  return users;
}

function userOf(row: Record<string, string | undefined>, line: number): UserOfOnesOwn {
  const email = foldEmail(row['email'] ?? '');
  if (!email.ok) throw new UsageError(`--users: line ${String(line)}: that is no e-mail address Drydock can use (${email.code})`);
  const name = checkName(row['full_name'] ?? '');
  if (!name.ok) throw new UsageError(`--users: line ${String(line)}: the name cannot be used (${name.code})`);
  const stripeText = (row['stripe_customer_id'] ?? '').trim();
  const stripe = stripeText === '' ? null : checkStripeCustomerId(stripeText);
  if (stripe !== null && !stripe.ok) throw new UsageError(`--users: line ${String(line)}: that is no Stripe customer id (${stripe.code})`);
  const password = row['password'] ?? '';
  return { userId: randomUUID(), email: email.email, fullName: name.name, stripeCustomerId: stripe === null ? null : stripe.id, password: password === '' ? null : password };
}

function refuseDoubles(values: readonly string[], what: string): void {
  const seen = new Set<string>();
  for (const value of values) {
    if (seen.has(value)) throw new UsageError(`--users: two people have the same ${what}`);
    seen.add(value);
  }
}
