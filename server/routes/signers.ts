import { listSigners, registerSigner, revokeSigner } from '../../shared/contract/admin/signers.ts';
import { Refusal } from '../guards/refusal.ts';
import type { Routes } from '../guards/registrar.ts';
import { listReceiptKeys } from '../receipts/receipt-key-history.ts';
import { registerSignerKey } from '../receipts/register-signer.ts';
import { findSigner, listSignerRecords, operatorSigner, receiptSigner, revokeSignerRecord } from '../receipts/signer-register.ts';
import type { Store } from '../store/store.ts';

const DEFAULT_LIMIT = 100;

/** Operators' report keys, and every receipt key (N2). */
export function signerRoutes({ store, environmentId }: { readonly store: Store; readonly environmentId: string }): Routes {
  return (routes) => {
    routes.write(registerSigner, async (call) => {
      const { signer, isNew } = await registerSignerKey(call.tx, environmentId, call.caller, call.body);
      return { body: operatorSigner(signer), status: isNew ? 201 : 200 };
    });

    routes.read(listSigners, async (call) => {
      const all = await store.inReadTx(async (tx) => [...(await listReceiptKeys(tx)).map(receiptSigner), ...(await listSignerRecords(tx)).map(operatorSigner)]);
      // Keys are only ever added behind one another, so the last one given is a place to go on from.
      const from = call.query.after === undefined ? 0 : all.findIndex((signer) => signer.fingerprint === call.query.after) + 1;
      if (call.query.after !== undefined && from === 0) throw new Refusal('invalid_request', { errors: [{ path: 'after', message: 'is no cursor of this list' }] });
      const limit = Number(call.query.limit ?? DEFAULT_LIMIT);
      const items = all.slice(from, from + limit);
      return { body: { items, next_cursor: from + limit < all.length ? (items.at(-1)?.fingerprint ?? null) : null } };
    });

    routes.write(revokeSigner, async (call) => {
      const found = await findSigner(call.tx, call.params.fingerprint);
      if (found === undefined) throw new Refusal('unknown_signer');
      if (found.sub !== call.caller.sub && !call.caller.scopes.has('migration:approve')) {
        throw new Refusal('insufficient_scope', { because: "Another person's key is revoked by an approver." });
      }
      const revoked = await revokeSignerRecord(call.tx, found.fingerprint, call.caller.sub);
      return { body: operatorSigner(revoked ?? found) };
    });
  };
}
