import { describe, expect, it } from 'vitest';
import { acknowledgeByCount, checkAcknowledged, rowsToAcknowledge } from './acknowledgement.ts';

const nameOnly = { email: 'a@example.com', match: 'MATCH_NAME_UNIQUE', action: 'UPDATE_EXISTING' } as const;
const rows = [
  nameOnly,
  { ...nameOnly, email: 'b@example.com', action: 'CREATE_NEW' } as const,
  { ...nameOnly, email: 'c@example.com', action: 'BLOCKED' } as const,
  { ...nameOnly, email: 'd@example.com', match: 'MATCH_EMAIL' } as const,
  { ...nameOnly, email: 'e@example.com' },
];

describe('acknowledgement', () => {
  it('is asked for rows that a name alone would write, and for no other', () => {
    expect(rowsToAcknowledge(rows)).toEqual(['a@example.com', 'e@example.com']);
  });

  it('names the rows that lack it', () => {
    expect(checkAcknowledged(rows, new Set(['a@example.com', 'd@example.com']))).toMatchObject({ ok: false, code: 'acknowledgement_required', emails: ['e@example.com'] });
    expect(checkAcknowledged(rows, new Set(['a@example.com', 'e@example.com']))).toEqual({ ok: true });
    expect(checkAcknowledged([], new Set())).toEqual({ ok: true });
  });

  it.each([0, 1, 3])('by number takes the exact one; %d is refused', (count) => {
    expect(acknowledgeByCount(rows, 2)).toEqual({ ok: true, emails: ['a@example.com', 'e@example.com'] });
    expect(acknowledgeByCount(rows, count)).toMatchObject({ ok: false, emails: ['a@example.com', 'e@example.com'] });
  });
});
