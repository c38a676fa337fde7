import { expect, test } from 'vitest';
import { chooseColumn, mappingInput, mappingOf, missingFields, sameMapping, suggestedMapping } from './mapping.ts';

const found = mappingOf({ columns: { email: 'Mail', full_name: 'Name', stripe_customer_id: 'Stripe', unknown: 'X' } });

test('only the fields of a record are mapped', () => {
  expect(found).toEqual({ email: 'Mail', full_name: 'Name', stripe_customer_id: 'Stripe' });
});

test('a column serves one field: choosing it elsewhere takes it from where it was', () => {
  const changed = chooseColumn(found, 'email', 'Name');
  expect(changed).toEqual({ email: 'Name', stripe_customer_id: 'Stripe' });
  expect(missingFields(changed)).toEqual(['Customer name']);
});

test('a signup date may be left without a column, the other fields may not', () => {
  expect(missingFields(found)).toEqual([]);
  expect(missingFields({})).toEqual(['Customer name', 'E-mail', 'Stripe customer id']);
});

test('columns that were not understood get a guess by their names, each column once', () => {
  const headers = ['Name', 'E-mail address', 'Stripe', 'Joined'].map((header) => ({ header, samples: [] }));
  expect(suggestedMapping({ columns: {}, headers })).toEqual({ email: 'E-mail address', stripe_customer_id: 'Stripe', signup_date: 'Joined', full_name: 'Name' });
  expect(suggestedMapping({ columns: { email: 'Name' }, headers })).toEqual({ email: 'Name' });
});

test('taking a choice back is the mapping as it was', () => {
  const changed = chooseColumn(found, 'signup_date', 'Since');
  expect(sameMapping(changed, found)).toBe(false);
  expect(sameMapping(chooseColumn(changed, 'signup_date', null), found)).toBe(true);
  expect(mappingInput(changed)).toEqual({ email: 'Mail', full_name: 'Name', stripe_customer_id: 'Stripe', signup_date: 'Since' });
});
