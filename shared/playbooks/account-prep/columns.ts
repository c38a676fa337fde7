import type { CsvColumn } from '../../core/csv-column.ts';

/** The columns of an account-prep file (A1). The signup date is shown and never written (A23), so it may be missing. */
export const accountPrepColumns: readonly CsvColumn[] = [
  {
    field: 'full_name',
    title: 'Customer Name',
    required: true,
    aliases: ['customer name', 'name', 'full name', 'customer full name', 'customer', 'client name', 'contact name'],
  },
  {
    field: 'email',
    title: 'Customer Email',
    required: true,
    aliases: ['customer email', 'email', 'e mail', 'mail', 'email address', 'e mail address', 'customer e mail', 'customer email address', 'client email', 'contact email'],
  },
  {
    field: 'stripe_customer_id',
    title: 'Stripe_Customer_ID',
    required: true,
    aliases: ['stripe customer id', 'stripe id', 'stripe customer', 'stripe cust id', 'customer stripe id', 'customer id', 'stripecustomerid'],
  },
  {
    field: 'signup_date',
    title: 'Signup Date',
    required: false,
    aliases: ['signup date', 'sign up date', 'signed up', 'signed up at', 'signed up on', 'signup', 'sign up', 'date of signup', 'registration date', 'registered', 'registered at', 'signupdate'],
  },
];
