import type { AdminSession } from '../../shared/contract/admin/session.ts';
import type { Environment } from '../../shared/contract/operator/environments.ts';
import type { Pins } from './environment-file.ts';

/** What is pinned of an environment: who it is, how much care it asks for, and with which key it signs receipts. */
export function pinsOf(session: AdminSession): Pins {
  return { environment_id: session.environment.id, kind: session.environment.kind, receipt_public_key: session.receipt_public_key };
}

/** The first pin that no longer holds; null when all do. */
export function changedPin(pinned: Pins, now: Pins): Environment['pin_changed'] {
  for (const field of ['environment_id', 'kind', 'receipt_public_key'] as const) {
    if (pinned[field] !== now[field]) return { field, pinned: pinned[field], now: now[field] };
  }
  return null;
}

/** The pins in plain words. */
export const pinTitles = { environment_id: 'id', kind: 'kind', receipt_public_key: 'receipt key' } as const;
