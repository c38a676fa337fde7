import type { ApprovalPolicy, EnvironmentKind } from '../../shared/contract/admin/session.ts';
import type { Engine } from '../engine/engine.ts';
import type { Store } from '../store/store.ts';

/** What the admin routes need from around them. */
export type AdminRouteDeps = {
  readonly store: Store;
  readonly engine: Engine;
  readonly environment: { readonly id: string; readonly name: string; readonly kind: EnvironmentKind };
  readonly policy: ApprovalPolicy;
  /** OpenSSH public key line of the server's receipts. */
  readonly receiptPublicKey: string;
  /** The server's key outside the database, for what must be derivable and never stored. */
  readonly secretKey: Uint8Array;
  /** Whether events have somewhere to go (A13). */
  readonly isDeliveryConfigured: boolean;
  readonly now: () => Date;
};
