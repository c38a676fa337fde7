import type { PlanRow } from '../../shared/core/plan-row.ts';
import type { RunItem } from '../../shared/core/run-item.ts';

/** Rows of a small execution with an outcome of every usual kind, hostile texts among them. Row 6 is never come to. */
export function madeUpRows(): { readonly rows: readonly PlanRow[]; readonly items: readonly RunItem[] } {
  const email = (row: number): string => `person${row}@shop.example`;
  const rows = Array.from({ length: 24 }, (_, index): PlanRow => {
    const row = index + 1;
    const isNew = row % 4 === 0;
    return {
      row,
      email: email(row),
      email_match: isNew ? 'NO_EMAIL_MATCH' : 'MATCH_EMAIL',
      match: isNew ? 'NO_NAME_MATCH' : 'MATCH_EMAIL',
      action: row === 9 ? 'BLOCKED' : isNew ? 'CREATE_NEW' : 'UPDATE_EXISTING',
      user_id: isNew ? null : `u-${row}`,
      changes: [{ field: 'stripe_customer_id', before: null, after: `cus_${row}` }],
      warnings: [],
      ...(row === 9 ? { reason: 'The Stripe id is linked to somebody else.' } : {}),
      precondition: { users: 1 },
    };
  });
  const items = rows
    .filter(({ row }) => row !== 6)
    .map((planned, index): RunItem => {
      const common = { seq: index + 1, row: planned.row, email: planned.email, user_id: planned.user_id, at: '2025-08-09T10:00:00.000Z' };
      if (planned.row === 2) return { ...common, outcome: 'failed', before: null, after: null, code: 'email_taken', message: '<script>alert(1)</script> "\u202egnp.exe\u0007', field: 'emails' };
      if (planned.row === 3) return { ...common, outcome: 'drifted', before: null, after: null, planned: { stripe_customer_id: null }, now: { stripe_customer_id: '=cmd|calc' }, reason: '=HYPERLINK("http://evil")' };
      if (planned.row === 9) return { ...common, outcome: 'skipped', before: null, after: null };
      return { ...common, outcome: 'applied', before: { stripe_customer_id: null }, after: { stripe_customer_id: `cus_${planned.row}`, emails: [planned.email] } };
    });
  return { rows, items };
}
