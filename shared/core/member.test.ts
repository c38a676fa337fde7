import { describe, expect, it } from 'vitest';
import { memberState, type MemberRecord } from './member.ts';

const nothing: MemberRecord = { preparedAt: null, rolledBackAt: null, signedInAt: null, completedAt: null };
const at = (hour: number): string => `2026-01-01T${String(hour).padStart(2, '0')}:00:00Z`;

describe('a member', () => {
  it.each<[string, Partial<MemberRecord>]>([
    ['not_prepared', {}],
    ['prepared', { preparedAt: at(1) }],
    ['signed_in', { preparedAt: at(1), signedInAt: at(2) }],
    ['completed', { preparedAt: at(1), signedInAt: at(2), completedAt: at(3) }],
    ['rolled_back', { preparedAt: at(1), rolledBackAt: at(2) }],
    ['rolled_back', { preparedAt: at(1), signedInAt: at(2), rolledBackAt: at(3) }],
  ])('is %s', (state, record) => {
    expect(memberState({ ...nothing, ...record })).toBe(state);
  });

  it('who completed stays so after a rollback', () => {
    expect(memberState({ preparedAt: at(1), signedInAt: at(2), completedAt: at(3), rolledBackAt: at(4) })).toBe('completed');
  });

  it('who is prepared again after a rollback is prepared, and an old sign-in does not count', () => {
    expect(memberState({ ...nothing, preparedAt: at(5), signedInAt: at(2), rolledBackAt: at(4) })).toBe('prepared');
  });
});
