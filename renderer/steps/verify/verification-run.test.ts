import { expect, test } from 'vitest';
import { isVerificationOf, seedOf } from './verification-run.ts';

const message = 'Read back 20 of the 54 rows that run run_exec wrote: 0 differ. The sample was drawn with the seed a.b c.';

test('a verification is found by the run that it names, and its seed by what it says', () => {
  expect(isVerificationOf({ kind: 'verification', message }, 'run_exec')).toBe(true);
  expect(isVerificationOf({ kind: 'rollback', message }, 'run_exec')).toBe(false);
  expect(isVerificationOf({ kind: 'verification', message }, 'run_other')).toBe(false);
  expect(seedOf({ message })).toBe('a.b c');
  expect(seedOf({ message: 'Read back 54 of the 54 rows that run run_exec wrote: 0 differ.' })).toBeUndefined();
});
