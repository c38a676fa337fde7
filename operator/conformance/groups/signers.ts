import { endpoints } from '../../../shared/contract/admin/endpoints.ts';
import { signerProofText } from '../../../shared/contract/admin/signers.ts';
import { keyFingerprint, publicKeyLine } from '../../../shared/core/ssh-public-key.ts';
import { signSshsig, sshsigNamespaces } from '../../../shared/core/sshsig.ts';
import { ed25519FromSeed, sha256Bytes, sha512Bytes } from '../../keys/ed25519.ts';
import { codeOf, said, sha256Hex, type Trial } from '../trial.ts';
import { expectThat, need, NotChecked } from '../verdicts.ts';

type MadeKey = {
  readonly line: string;
  readonly fingerprint: string;
  readonly proofFor: (sub: string) => string;
  /** Its signature for another key of the same person. */
  readonly vouchFor: (sub: string, other: MadeKey) => string;
};

/** Who may sign reports (N2). Keys are made for this call alone, and revoked again. */
export async function checkSigners(trial: Trial): Promise<void> {
  const { verdicts, session, approver, people } = trial;
  const sub = `conformance-${people.mark}`;
  const key = makeKey(trial);
  const register = (body: Readonly<Record<string, string>>, as: 'operator' | 'approver') => trial.send(endpoints.registerSigner, { body, as });

  await verdicts.check('signers.other_person', async () => {
    if (session.scopes.includes('migration:approve')) throw new NotChecked('The operator’s token may approve as well.');
    await trial.refused(endpoints.registerSigner, { body: { public_key: key.line, sub, proof: key.proofFor(sub) } }, 403, ['insufficient_scope']);
  });

  const registered = await verdicts.check('signers.proof', async () => {
    need(approver, 'an approver’s token in DRYDOCK_APPROVER_TOKEN');
    await trial.refused(endpoints.registerSigner, { as: 'approver', body: { public_key: key.line, sub, proof: makeKey(trial).proofFor(sub) } }, 422, ['signer_proof_invalid']);
    await trial.refused(endpoints.registerSigner, { as: 'approver', body: { public_key: key.line, sub, proof: key.proofFor('somebody-else') } }, 422, ['signer_proof_invalid']);
    const signer = await trial.done(endpoints.registerSigner, { as: 'approver', body: { public_key: key.line, sub, proof: key.proofFor(sub) } });
    expectThat(signer.principal === sub && signer.public_key === key.line && signer.revoked_at === null, 'The key is not entered as it was sent.');
    return signer;
  });

  await verdicts.check('signers.former_key_ends', async () => {
    const former = need(registered, 'a registered key');
    const next = makeKey(trial);
    const inItsPlace = (one: MadeKey) => ({ as: 'approver' as const, body: { public_key: one.line, sub, proof: one.proofFor(sub), proof_by_former_key: key.vouchFor(sub, one), ends_former_key: true } });
    try {
      const signer = await trial.done(endpoints.registerSigner, inItsPlace(next));
      expectThat(signer.public_key === next.line && signer.valid_until === null && signer.revoked_at === null, 'The answer is not the new key, without an end.');
      const { items } = await trial.done(endpoints.listSigners, { query: { limit: '1000' } });
      const ended = items.find(({ fingerprint }) => fingerprint === former.fingerprint);
      expectThat(ended?.revoked_at === null && Date.parse(ended.valid_until ?? '') === Date.parse(signer.valid_from), 'The former key does not end where the new one begins.');
      await trial.refused(endpoints.registerSigner, inItsPlace(makeKey(trial)), 409, ['signer_conflict']);
    } finally {
      await trial.send(endpoints.revokeSigner, { as: 'approver', params: { fingerprint: next.fingerprint }, body: { reason: 'conformance' } });
    }
  });

  await verdicts.check('signers.revoked', async () => {
    const { fingerprint } = need(registered, 'a registered key');
    await trial.done(endpoints.revokeSigner, { as: 'approver', params: { fingerprint }, body: { reason: 'conformance' } });
    const { items } = await trial.done(endpoints.listSigners, { query: { limit: '1000' } });
    const found = items.find((one) => one.public_key === key.line);
    expectThat(found !== undefined && found.revoked_at !== null, 'The revoked key is not listed as revoked.');
  });

  await verdicts.check('signers.second_key', async () => {
    if (session.scopes.includes('migration:approve')) throw new NotChecked('The operator’s token may approve as well.');
    const { items } = await trial.done(endpoints.listSigners, { query: { limit: '1000' } });
    if (!items.some((one) => one.kind === 'operator' && one.principal === session.sub && one.revoked_at === null)) throw new NotChecked(`${session.sub} has no key here yet, so there is no second one.`);
    const second = makeKey(trial);
    const answer = await register({ public_key: second.line, proof: second.proofFor(session.sub) }, 'operator');
    if (answer.status < 300) await trial.send(endpoints.revokeSigner, { params: { fingerprint: second.fingerprint }, body: {} });
    expectThat(answer.status === 409 && codeOf(answer) === 'signer_conflict', `${said(answer)}, not 409 signer_conflict.`);
  });
}

/** Where an operator's journal stands (N3): known, for good. */
export async function checkJournalHeads(trial: Trial): Promise<void> {
  const { verdicts, people } = trial;
  const head = { journal_id: `conformance-${people.mark}`, seq: 1, hash: sha256Hex(`head ${people.mark}`) };
  const listed = async (): Promise<boolean> => {
    const { items } = await trial.done(endpoints.listJournalHeads, { query: { journal_id: head.journal_id } });
    return items.length === 1 && items[0]?.seq === head.seq && items[0].hash === head.hash;
  };

  const anchored = await verdicts.check('journal.anchored', async () => {
    await trial.done(endpoints.postJournalHead, { body: head });
    expectThat(await listed(), 'The head is not listed as it was sent.');
    return head;
  });
  await verdicts.check('journal.insert_only', async () => {
    await trial.done(endpoints.postJournalHead, { body: need(anchored, 'an anchored head') });
    expectThat(await listed(), 'After the same head was sent again it is not listed as before.');
  });
  await verdicts.check('journal.forked', async () => {
    need(anchored, 'an anchored head');
    await trial.refused(endpoints.postJournalHead, { body: { ...head, hash: sha256Hex(`fork ${people.mark}`) } }, 409, ['journal_forked']);
    expectThat(await listed(), 'The first head is gone.');
  });
}

function makeKey({ randomBytes, session }: Trial): MadeKey {
  const key = ed25519FromSeed(randomBytes(32));
  const line = publicKeyLine(key.publicKey);
  const sign = (sub: string, of: string): string => signSshsig({ message: Buffer.from(signerProofText(session.environment.id, sub, of), 'utf8'), namespace: sshsigNamespaces.signer, publicKey: key.publicKey, sign: key.sign, sha512: sha512Bytes });
  return { line, fingerprint: keyFingerprint(key.publicKey, sha256Bytes), proofFor: (sub) => sign(sub, line), vouchFor: (sub, other) => sign(sub, other.line) };
}
