import { listJournalHeads, postJournalHead } from '../../shared/contract/admin/signers.ts';
import type { AdminApi } from '../admin-api/admin-api.ts';
import { AdminCallError, operatorErrorOf } from '../admin-api/call-failure.ts';
import type { Journal } from '../journal/journal.ts';
import { headsOfServer } from '../journal/server-heads.ts';
import type { OperatorLog } from '../log.ts';
import { problem } from '../problems.ts';
import type { Actor } from './environment-book.ts';

const ANCHOR_TIMEOUT_MS = 5_000;

export interface AnchoringParts {
  readonly environmentId: string;
  /** Which of several servers of one id it is, where there can be several; an intent is settled at its own. */
  readonly server: string | undefined;
  readonly api: AdminApi;
  readonly tokenOf: (actor: Actor) => string;
  readonly journal: Journal;
  readonly log: OperatorLog;
  /** The seq that an environment’s server last took as an anchor, shared by all that anchor there. */
  readonly anchored: Map<string, number>;
}

/** Anchors the journal's head at a server. Silent when the server is away; @throws OperatorError `journal_forked` */
export function createAnchoring({ environmentId, server, api, tokenOf, journal, log, anchored }: AnchoringParts): (runId?: string) => Promise<void> {
  const place = `${environmentId} ${server ?? ''}`;

  async function anchor(runId?: string): Promise<void> {
    const head = journal.head();
    if (head === undefined || (anchored.get(place) ?? 0) >= head.seq) return;
    // Anchors are for ever: those of a journal that does not hold would accuse the true one when it is put back.
    if (journal.condition().verdict.damage !== null) return log.write({ level: 'warning', event: 'journal_not_anchored', code: 'journal_damaged' });
    try {
      // Once a launch. Where they cannot all be read nothing is anchored behind them either, and the next anchor asks again.
      if (!anchored.has(place)) await refuseForeignAnchors();
      // Its key is made from the head, so an anchor needs no intent of its own: asked twice it is the same call.
      await api.call(postJournalHead, {
        params: {},
        query: {},
        body: { journal_id: journal.journalId, seq: head.seq, hash: head.hash, ...(runId === undefined ? {} : { run_id: runId }) },
        token: tokenOf('operator'),
        idempotencyKey: `head-${runId === undefined ? '' : 'run-'}${head.hash}`,
        timeoutMs: ANCHOR_TIMEOUT_MS,
      });
      anchored.set(place, head.seq);
    } catch (thrown) {
      if (!(thrown instanceof AdminCallError)) throw thrown;
      if (thrown.failure.kind === 'refused' && thrown.failure.problem.code === 'journal_forked') throw operatorErrorOf(thrown.failure, true);
      log.write({ level: 'warning', event: 'journal_not_anchored', code: thrown.failure.kind === 'refused' ? thrown.failure.problem.code : thrown.failure.kind });
    }
  }

  /**
   * Every anchor that the server has of this journal must be in it: the server sees a fork only where the very same place
   * is anchored again, and whoever hashed the chain anew with a stolen key, cut it, or put an older copy back, goes on behind that.
   */
  async function refuseForeignAnchors(): Promise<void> {
    const heads = headsOfServer(journal, (query) => api.call(listJournalHeads, { params: {}, query, body: undefined, token: tokenOf('operator'), timeoutMs: ANCHOR_TIMEOUT_MS }));
    for await (const { journal_id, seq, hash } of heads) {
      if (journal_id !== journal.journalId || journal.get(seq)?.hash !== hash) throw problem('journal_forked', 'The journal here is not the one that the server knows', `The server knows another entry ${seq}: the journal was changed, cut or replaced. Put it back, or set DRYDOCK_HOME to a new folder to begin another. Nothing was sent.`);
    }
  }

  return anchor;
}
