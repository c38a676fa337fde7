import { createHash, createHmac, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Endpoint } from '../../shared/contract/admin/endpoint.ts';
import type { Receipt, Run } from '../../shared/contract/admin/runs.ts';
import { registerSigner, revokeSigner, signerProofText, type Signer } from '../../shared/contract/admin/signers.ts';
import type { Environment } from '../../shared/contract/operator/environments.ts';
import { allowedSignersLine } from '../../shared/core/allowed-signers.ts';
import { canonicalJson } from '../../shared/core/canonical-json.ts';
import { redactItem } from '../../shared/core/redaction.ts';
import { addOutcomes, noCounts } from '../../shared/core/run-counts.ts';
import { keyFingerprint, parsePublicKeyLine, publicKeyLine } from '../../shared/core/ssh-public-key.ts';
import { signSshsig, verifySshsig } from '../../shared/core/sshsig.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import { createSessionSecretStore } from '../environments/session-secret-store.ts';
import { createOpenFiles } from '../files.ts';
import { createKeyHandlers } from '../handlers/keys.ts';
import { createReportHandlers } from '../handlers/reports.ts';
import { openJournal } from '../journal/open-journal.ts';
import { ed25519FromSeed, type Ed25519Key, sha256Bytes, sha512Bytes, verifyEd25519 } from '../keys/ed25519.ts';
import { silentLog } from '../log.ts';
import { problem } from '../problems.ts';
import { madeUpRows } from './made-up-rows.testing.ts';
import type { PdfPrinter } from './pdf-printer.ts';
import { recordCheck } from '../runs/journal-records.ts';
import { openRowStore } from '../rows/row-store.ts';
import { createRunMirror } from '../runs/run-mirror.ts';

/** A server that answers from memory and signs its receipts, and an operator's home that talks to it. */
export type ReportWorld = Awaited<ReturnType<typeof createReportWorld>>;

const hash64 = (digit: string): string => digit.repeat(64);
const pageSize = 7;

export async function createReportWorld(made = madeUpRows(), pdfPrinter?: PdfPrinter, over: Partial<Run> = {}) {
  const home = mkdtempSync(join(tmpdir(), 'drydock-reports-'));
  const secrets = createSessionSecretStore();
  let now = new Date('2025-08-09T12:00:00.250Z');
  const clock = (): Date => now;
  const journal = openJournal({ home, secrets, clock, randomBytes, log: silentLog });
  const files = createOpenFiles(home, randomBytes, process.pid, () => true);
  const receiptKey: Ed25519Key = ed25519FromSeed(randomBytes(32));
  const redactionKey = randomBytes(32);
  const environmentId = 'env-world';
  const counts = addOutcomes(noCounts, made.items.map((item) => item.outcome));
  const run: Run = {
    run_id: 'run-1',
    migration: '2025-08-09',
    kind: 'execution',
    state: 'completed_with_failures',
    plan_hash: hash64('a'),
    cohort: hash64('b'),
    source_file: 'customers <b>"2025"</b>.csv',
    requested_by: 'olga',
    stage_percent: null,
    counts,
    rows_total: made.rows.length,
    rows_done: made.items.length,
    rows_per_second: null,
    seconds_left: null,
    message: null,
    preceding_dry_run: 'run-0',
    created_at: '2025-08-09T09:59:00.000Z',
    started_at: '2025-08-09T09:59:30.000Z',
    ended_at: '2025-08-09T10:00:30.000Z',
    ...over,
  };
  const signers: Signer[] = [signerOf('receipt', 'drydock-server@env-world', receiptKey.publicKey, new Date('2025-08-01T00:00:00Z'))];
  const server = { sub: 'olga', isAway: false, leavesAt: (_call: string): boolean => false, items: [...made.items], approvedHash: run.plan_hash, others: [] as Run[] };
  const goAway = (): void => {
    if (server.isAway) throw problem('unreachable', 'The server cannot be reached', 'Try again.');
  };

  function receipt(): Receipt {
    const plain = createHash('sha256');
    const redacted = createHash('sha256');
    const keyed = (text: string): string => createHmac('sha256', redactionKey).update(text).digest('hex');
    for (const item of made.items) {
      plain.update(`${canonicalJson(item)}\n`);
      redacted.update(`${canonicalJson(redactItem(item, keyed))}\n`);
    }
    const { run_id, migration, kind, state, requested_by, plan_hash, cohort } = run;
    const environment = { id: environmentId, name: 'World', kind: 'staging' };
    const said = { receipt_version: 1 as const, environment, run_id, migration, kind, state, requested_by, approved_by: server.approvedHash === null ? [] : ['arthur'], plan_hash, cohort, counts };
    return { ...said, items: made.items.length, items_sha256: plain.digest('hex'), redacted_items_sha256: redacted.digest('hex'), journal_head: null, issued_at: clock().toISOString() };
  }

  function answer(name: string, input: { readonly params?: unknown; readonly query?: unknown; readonly body?: unknown }): unknown {
    const after = Number(new Map(Object.entries(input.query ?? {})).get('after') ?? 0);
    const page = <Item>(items: readonly Item[]) => ({ items: items.slice(after, after + pageSize), next_cursor: after + pageSize < items.length ? String(after + pageSize) : null });
    switch (name) {
      case 'getRun':
        return run;
      case 'getReceipt': {
        const text = `${canonicalJson(receipt())}\n`;
        return { receipt: text, signature: signSshsig({ message: Buffer.from(text), namespace: 'drydock-receipt', ...receiptKey, sha512: sha512Bytes }), redaction_key: redactionKey.toString('base64') };
      }
      case 'listMigrations':
        return { items: [], next_cursor: null };
      case 'listApprovals': {
        const approval = { approval_id: 'a-1', plan_hash: server.approvedHash, sub: 'arthur', decision: 'approve', comment: 'Looked at <all> of it.', decided_at: '2025-08-09T09:00:00.000Z', expires_at: '2025-08-12T09:00:00.000Z', state: 'spent' };
        return { items: server.approvedHash === null ? [] : [approval], next_cursor: null };
      }
      case 'listRuns':
        return { items: [run, ...server.others], next_cursor: null };
      case 'listRunItems':
        return { ...page(server.items), state: run.state };
      case 'listPlanRows':
        return page(made.rows);
      case 'getAdoption':
        return { counts: { prepared: 24, signed_in: 9, completed: 4, delivered: 4 }, series: [0, 1, 2].map((hour) => ({ at: `2025-08-09T1${hour}:00:00.000Z`, prepared: 24, signed_in: hour * 4 + 1, completed: hour * 2, delivered: hour * 2 })) };
      case 'listRollbackItems':
        return { items: [], next_cursor: null };
      case 'getTestRun':
        return { run_id: 'run-1', plan_hash: run.plan_hash, members: [{ email: 'person1@shop.example', kind: 'email_match', prepared: true, signed_in: true, held_at_reset: true, password_set: true, event_recorded: true, restored: true, seen_at: {}, kept_changed_since: false }], passed: true, restored: true, passed_at: null, valid_until: null };
      case 'listSnapshots':
        return { items: [{ email: 'person1@shop.example', user_id: 'u-1', existed: true, before: null, left_as: {}, taken_at: '2025-08-09T10:00:00.000Z', reverted_by: 'run-1' }], next_cursor: null };
      case 'listSigners':
        return page(signers);
      case 'registerSigner': {
        const body = registerSigner.body.parse(input.body);
        const former = signers.findIndex((signer) => signer.public_key === vouchingKeyOf(body.proof_by_former_key, signerProofText(environmentId, server.sub, body.public_key)));
        if (body.ends_former_key === true) signers.splice(former, 1, endedSigner(signers[former], now));
        signers.push(signerOf('operator', server.sub, parsePublicKeyLine(body.public_key) ?? new Uint8Array(), now, body.valid_until === undefined ? null : new Date(body.valid_until)));
        return signers.at(-1);
      }
      case 'revokeSigner': {
        const place = signers.findIndex((signer) => signer.fingerprint === revokeSigner.params.parse(input.params).fingerprint);
        signers.splice(place, 1, revokedSigner(signers[place], now));
        return signers[place];
      }
      default:
        throw new Error(`The made-up server does not answer ${name}.`);
    }
  }

  const call = async (endpoint: Endpoint, input: { readonly params?: unknown; readonly query?: unknown; readonly body?: unknown }): Promise<never> => {
    server.isAway ||= server.leavesAt(endpoint.name);
    goAway();
    return endpoint.reply.parse(answer(endpoint.name, input)) as never;
  };
  const policy = { approvals_required: 1, requester_may_approve: false, approve_before_test_run: false, approval_valid_hours: 72, plan_stale_share: 0.05, rollback_approval_above: null, typed_confirmation: false };
  const environments = {
    list: (): Environment[] => [{ name: 'world', url: 'http://127.0.0.1:1', kind: 'staging', environment_id: environmentId, receipt_public_key: publicKeyLine(receiptKey.publicKey), current: true, has_token: true, pin_changed: null }],
    currentName: () => 'world',
    accessForTrial: async () => Promise.reject(new Error('No trial is made here.')),
    getConnection: async () => ({ state: 'none' as const }),
    connect: async (): Promise<ConnectedEnvironment> => {
      goAway();
      return {
        name: 'world',
        id: environmentId,
        url: 'http://127.0.0.1:1',
        session: { sub: server.sub, scopes: ['migration:write'], expires_at: '2026-01-01T00:00:00Z', environment: { id: environmentId, name: 'World', kind: 'staging' }, policy, receipt_public_key: publicKeyLine(receiptKey.publicKey) },
        isBuiltIn: false,
        read: call,
        write: call,
        askAgain: async () => Promise.reject(new Error('Nothing is asked again here.')),
        anchor: async () => undefined,
      };
    },
  };
  const mirror = createRunMirror(journal, silentLog, clock, openRowStore());
  const handlerParts = { home, clock, randomBytes, secrets, journal, environments, mirror, files: files.handles, downloads: files.downloads, newDownloadPath: files.newDownloadPath, version: '0.1.0', pdfPrinter };
  const handlers = { ...createReportHandlers(handlerParts), ...createKeyHandlers(handlerParts) };
  const scope = journal.newScope();
  const summary = { source_id: 's', file: 'customers.csv', sha256: hash64('c'), bytes: 9, encoding: 'utf-8', delimiter: ',', columns: {}, ignored_columns: [], headers: [], rows: 26, accepted: 24, blank: 0, rejected_count: 1, duplicate_count: 1, warning_count: 0, cohort: hash64('b'), file_error: null };
  recordCheck(journal, scope, { summary, rejected: [{ line: 4, row: 3, field: 'email', code: 'email_no_at', masked: '=***' }], duplicates: [{ line: 9, row: 8, kept_line: 2, conflicting: false }], warnings: [] });
  journal.append({ kind: 'run.observed', payload: { run_id: 'run-1', state: 'completed_with_failures' } });
  journal.append({ kind: 'run.observed', payload: { run_id: 'run-2', state: 'completed' } });
  journal.append({ kind: 'run.observed', payload: { run_id: 'run-1', state: 'completed_with_failures', again: true } });

  return {
    home,
    clock,
    secrets,
    run,
    server,
    signers,
    journal,
    handlers,
    environments,
    receiptKey,
    caller: { transport: 'in-process' as const },
    setTime: (time: string) => {
      now = new Date(time);
    },
    handleOf: (path: string, kind: 'folder' | 'opened' | 'spooled' = 'folder', fileName = basename(path)) => files.handles.add({ path, fileName, kind }),
    downloads: files.downloads,
    /** Brings the run into the journal as far as the server has it, with what was before it and its receipt. */
    mirrorRun: async () => {
      const environment = await environments.connect();
      do await mirror.follow(environment, run.run_id);
      while (!mirror.isWhole(run.run_id) && !server.isAway);
      await mirror.settle('to_the_end');
    },
    close: () => {
      files.close();
      journal.close();
      rmSync(home, { recursive: true, force: true });
    },
  };
}

export function signerOf(kind: 'operator' | 'receipt', principal: string, publicKey: Uint8Array, validFrom: Date, validUntil: Date | null = null): Signer {
  const namespace = kind === 'operator' ? 'drydock-report' : 'drydock-receipt';
  return {
    fingerprint: keyFingerprint(publicKey, sha256Bytes),
    kind,
    principal,
    public_key: publicKeyLine(publicKey),
    valid_from: validFrom.toISOString(),
    valid_until: validUntil?.toISOString() ?? null,
    revoked_at: null,
    allowed_signers_line: allowedSignersLine({ principal, namespace, validAfter: validFrom, validBefore: validUntil, publicKey }),
  };
}

/** The same key, as a server lists it once it has ended. Throws where there is none: the test is wrong. */
export function endedSigner(signer: Signer | undefined, at: Date): Signer {
  const publicKey = signer === undefined ? null : parsePublicKeyLine(signer.public_key);
  if (signer === undefined || publicKey === null) throw new Error('There is no such key.');
  return signerOf(signer.kind, signer.principal, publicKey, new Date(signer.valid_from), at);
}

/** The same key, as a server lists it once it was revoked. Throws where there is none. */
export function revokedSigner(signer: Signer | undefined, at: Date): Signer {
  if (signer === undefined) throw new Error('There is no such key.');
  return { ...signer, revoked_at: at.toISOString(), allowed_signers_line: `# revoked ${at.toISOString()} ${signer.allowed_signers_line}` };
}

function vouchingKeyOf(armored: string | undefined, text: string): string | undefined {
  const verdict = verifySshsig({ armored: armored ?? '', message: Buffer.from(text), namespace: 'drydock-signer', verify: verifyEd25519, sha512: sha512Bytes });
  return verdict.verdict === 'good' ? publicKeyLine(verdict.publicKey) : undefined;
}
