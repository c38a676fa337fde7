import { createHash } from 'node:crypto';
import { z } from 'zod';
import { endpoints } from '../../../shared/contract/admin/endpoints.ts';
import type { DryRunReply } from '../../../shared/contract/admin/plans.ts';
import { receiptSchema } from '../../../shared/contract/admin/runs.ts';
import { isAllowed, parseAllowedSigners } from '../../../shared/core/allowed-signers.ts';
import { canonicalJson } from '../../../shared/core/canonical-json.ts';
import { publicKeyLine } from '../../../shared/core/ssh-public-key.ts';
import { sshsigNamespaces, verifySshsig } from '../../../shared/core/sshsig.ts';
import { sha512Bytes, verifyEd25519 } from '../../keys/ed25519.ts';
import type { Trial } from '../trial.ts';
import { Broken, expectThat, need } from '../verdicts.ts';
import type { EndedRun } from './executions.ts';
import { getRun } from './runs.ts';

const itemsAsSentSchema = z.object({ items: z.array(z.json()) });

/** The server's own statement of a run (N2), checked as somebody without Drydock would. */
export async function checkReceipt(trial: Trial, ended: EndedRun | undefined, plan: DryRunReply | undefined): Promise<void> {
  const { verdicts, session } = trial;

  const receipt = await verdicts.check('receipt.signed', async () => {
    const { runId } = need(ended, 'a run that has ended');
    const { receipt: text, signature } = await trial.done(endpoints.getReceipt, { params: { run_id: runId } });
    const verdict = verifySshsig({ armored: signature, message: Buffer.from(text, 'utf8'), namespace: sshsigNamespaces.receipt, verify: verifyEd25519, sha512: sha512Bytes });
    if (verdict.verdict === 'bad') throw new Broken(`Its signature does not hold (${verdict.why.replaceAll('_', ' ')}).`);
    expectThat(publicKeyLine(verdict.publicKey) === session.receipt_public_key.trim().split(' ').slice(0, 2).join(' '), 'It is signed by another key than the session publishes.');
    const stated = receiptSchema.safeParse(JSON.parse(text));
    if (!stated.success) throw new Broken('Its text is not of the documented form.');
    return { stated: stated.data, publicKey: verdict.publicKey };
  });

  await verdicts.check('receipt.true', async () => {
    const { stated } = need(receipt, 'a signed receipt');
    const { runId, items } = need(ended, 'a run that has ended');
    const run = await getRun(trial, runId);
    expectThat(stated.run_id === runId && stated.plan_hash === need(plan, 'a plan').plan_hash && stated.cohort === run.cohort, 'It names another run, plan or cohort.');
    expectThat(stated.environment.id === session.environment.id && stated.requested_by === session.sub, 'It names another environment or requester.');
    expectThat(stated.items === items.length && JSON.stringify(sorted(stated.counts)) === JSON.stringify(sorted(run.counts)), 'Its counts are not those of the run.');
    const answer = await trial.send(endpoints.listRunItems, { params: { run_id: runId }, query: { limit: '1000' } });
    const sha256 = createHash('sha256');
    for (const item of itemsAsSentSchema.parse(answer.json).items) sha256.update(`${canonicalJson(item)}\n`);
    expectThat(stated.items_sha256 === sha256.digest('hex'), 'Its hash of the items is not that of the items.');
  });

  await verdicts.check('receipt.key_listed', async () => {
    const { stated, publicKey } = need(receipt, 'a signed receipt');
    const line = publicKeyLine(publicKey);
    const { items } = await trial.done(endpoints.listSigners, { query: { limit: '1000' } });
    const signer = items.find((one) => one.kind === 'receipt' && one.public_key === line);
    const [allowed] = parseAllowedSigners(signer?.allowed_signers_line ?? '').signers;
    expectThat(allowed !== undefined && publicKeyLine(allowed.publicKey) === line, 'The key is not listed, or its allowed_signers line is of another key.');
    expectThat(allowed !== undefined && isAllowed(allowed, sshsigNamespaces.receipt, new Date(stated.issued_at)), 'Its allowed_signers line does not let it sign a receipt at the time of this one.');
  });
}

function sorted(counts: Readonly<Record<string, number>>): readonly (readonly [string, number])[] {
  return Object.entries(counts).toSorted(([one], [other]) => (one < other ? -1 : 1));
}
