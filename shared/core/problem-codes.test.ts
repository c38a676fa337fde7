import { expect, it } from 'vitest';
import { gateRefusals, isProblemCode, problemWordings } from './problem-codes.ts';

it('every problem has a stable code, an error status, a title and a sentence that says what to do', () => {
  for (const [code, { status, title, remedy }] of Object.entries(problemWordings)) {
    expect(code).toMatch(/^[a-z][a-z_]*$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(title).toMatch(/^[A-Z].*[^.]$/);
    expect(remedy).toMatch(/^[A-Z].*\.$/);
  }
});

it('gates and policies refuse with 403 or 409 alone', () => {
  for (const code of gateRefusals) expect([403, 409]).toContain(problemWordings[code].status);
});

it('a code from elsewhere is not taken for ours', () => {
  expect(isProblemCode('plan_stale')).toBe(true);
  expect(isProblemCode('constructor')).toBe(false);
});
