import { getReceipt } from '../../shared/contract/admin/runs.ts';
import type { Routes } from '../guards/registrar.ts';
import { issueReceipt, type ReceiptIssuer } from '../receipts/issue-receipt.ts';

/** The server's signed statement of a run (N2). */
export function receiptRoutes(issuer: ReceiptIssuer): Routes {
  return (routes) => {
    routes.read(getReceipt, async (call) => ({ body: await issueReceipt(issuer, call.params.run_id) }));
  };
}
