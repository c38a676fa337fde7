import { describe, expect, it } from 'vitest';
import { isCommonPassword } from './common-passwords.ts';
import { passwordProblem } from './password-policy.ts';

const never = (): boolean => false;

describe('a new password', () => {
  it('has 12 to 128 characters, a character of any alphabet counting once', () => {
    expect(passwordProblem('x7Kq-02mLpw', never)?.code).toBe('too_short');
    expect(passwordProblem('x7Kq-02mLpwZ', never)).toBeNull();
    expect(passwordProblem('🐟'.repeat(11), never)?.code).toBe('too_short');
    expect(passwordProblem('🐟'.repeat(12), never)).toBeNull();
    expect(passwordProblem('🐟'.repeat(128), never)).toBeNull();
    expect(passwordProblem('🐟'.repeat(129), never)?.code).toBe('too_long');
    expect(passwordProblem('a'.repeat(1_000_000), never)?.code).toBe('too_long');
  });

  it('is not the temporary one, and no message repeats it', () => {
    const problem = passwordProblem('a temporary one', (password) => password === 'a temporary one');
    expect(problem?.code).toBe('temporary');
    expect(problem?.message).not.toContain('a temporary one');
  });

  it('is not on the common list, whatever its capitals', () => {
    expect(passwordProblem('Password1234', never)?.code).toBe('common');
    expect(isCommonPassword('QWERTYuiop12')).toBe(true);
  });

  it('needs nothing else: no digit, no sign, no capital', () => {
    expect(passwordProblem('four plain words here', never)).toBeNull();
    expect(passwordProblem(' leading space', never)).toBeNull();
  });

  it('may be the one of the source document, where it is set as the temporary one', () => {
    expect(passwordProblem('DRG-075-616!', never)).toBeNull();
  });
});
