/** How often a proof is repeated: in full by `npm run test:faults`, in short by `npm test`, which must stay quick. */
export function proofSize(counts: { readonly short: number; readonly full: number }): number {
  return process.env['DRYDOCK_FULL_PROOFS'] === '1' ? counts.full : counts.short;
}
