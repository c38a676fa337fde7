import { describe, expect, it } from 'vitest';
import { UsageError } from '../cli-commands/usage-error.ts';
import { readUsersFile } from './users-file.ts';

const header = 'email,full_name,stripe_customer_id,password\n';

describe('the --users file', () => {
  it('gives people, folded as everywhere, with or without the last two cells', () => {
    const users = readUsersFile(`${header}ANN@Example.com,Ann  Lee,cus_A1,secret words\nbob@example.com,"Bob, Jr",,\n`);
    expect(users).toMatchObject([
      { email: 'ann@example.com', fullName: 'Ann Lee', stripeCustomerId: 'cus_A1', password: 'secret words' },
      { email: 'bob@example.com', fullName: 'Bob, Jr', stripeCustomerId: null, password: null },
    ]);
  });

  it.each([
    ['no header', 'ann@example.com,Ann\n'],
    ['nobody', header],
    ['a bad address', `${header}ann,Ann,,\n`],
    ['no name', `${header}ann@example.com,,,\n`],
    ['a bad Stripe id', `${header}ann@example.com,Ann,12,\n`],
    ['an address twice', `${header}ann@example.com,Ann,,\nANN@example.com,Ann,,\n`],
    ['a Stripe id twice', `${header}ann@example.com,Ann,cus_1,\nbob@example.com,Bob,cus_1,\n`],
    ['too few cells', `${header}ann@example.com\n`],
  ])('is refused for %s, without repeating a password', (_why, text) => {
    expect(() => readUsersFile(text)).toThrow(UsageError);
  });
});
