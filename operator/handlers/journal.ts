import { listJournalHeads } from '../../shared/contract/admin/signers.ts';
import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import type { JournalStatus } from '../../shared/contract/operator/journal.ts';
import { payloadOf } from '../journal/payload.ts';
import { titleOf } from '../journal/titles.ts';
import type { OperatorParts } from '../parts.ts';

type JournalHandlers = Pick<Handlers, 'journal.getStatus' | 'journal.verify' | 'journal.list'>;
type Anchor = JournalStatus['anchor'];

/** How long the comparison with the server's heads is believed by the foot of the window. */
const ANCHOR_FRESH_MS = 60_000;

/** The journal's state, its checks and its entries. */
export function createJournalHandlers({ journal, environments, clock }: Pick<OperatorParts, 'journal' | 'environments' | 'clock'>): JournalHandlers {
  let compared: { readonly anchor: Anchor; readonly atMs: number } | undefined;

  /** An anchored head that is not in this chain, or lies past its end, means that this is not the journal it was. */
  async function compareWithServer(): Promise<Anchor> {
    try {
      const environment = await environments.connect();
      let after: string | undefined;
      let found: Anchor = 'none';
      do {
        const page = await environment.read(listJournalHeads, { params: {}, query: { journal_id: journal.journalId, limit: '1000', ...(after === undefined ? {} : { after }) } });
        for (const head of page.items) {
          if (journal.get(head.seq)?.hash !== head.hash) return 'disagrees';
          found = 'agrees';
        }
        after = page.next_cursor ?? undefined;
      } while (after !== undefined);
      return found;
    } catch {
      return 'not_reachable';
    }
  }

  async function anchorNow(): Promise<Anchor> {
    const anchor = await compareWithServer();
    compared = { anchor, atMs: clock().getTime() };
    return anchor;
  }

  function status(anchor: Anchor): JournalStatus {
    const condition = journal.condition();
    const { verdict } = condition;
    const details = [
      condition.state === 'latched' ? condition.detail : undefined,
      verdict.damage?.detail,
      anchor === 'disagrees' ? 'The server keeps a head of this journal that is not in it: it was changed, cut or replaced.' : undefined,
      ...verdict.notes,
    ].filter((detail) => detail !== undefined);
    return {
      state: verdict.damage !== null || anchor === 'disagrees' ? 'damaged' : condition.state === 'latched' ? 'latched' : 'verified',
      entries: journal.head()?.seq ?? 0,
      head_hash: journal.head()?.hash ?? null,
      verified_at: verdict.verifiedAt,
      detail: details.length === 0 ? null : details.join(' '),
      open_intents: journal.openIntents().length,
      anchor,
    };
  }

  return {
    'journal.getStatus': async () => {
      // "Nothing anchored" is over as soon as the first head is, so it is never told from memory.
      const isBelieved = compared !== undefined && compared.anchor !== 'none' && Math.abs(clock().getTime() - compared.atMs) < ANCHOR_FRESH_MS;
      return status(isBelieved && compared !== undefined ? compared.anchor : await anchorNow());
    },
    'journal.verify': async () => {
      journal.verify('full');
      return status(await anchorNow());
    },
    'journal.list': async ({ offset, limit, run_id }) => {
      const { items, total } = journal.list({ offset, limit, ...(run_id === undefined ? {} : { runId: run_id }) });
      return {
        total,
        items: items.map((entry) => {
          const { at, run_id: runId } = payloadOf(entry);
          return { seq: entry.seq, kind: entry.kind, at: typeof at === 'string' ? at : null, title: titleOf(entry), run_id: typeof runId === 'string' ? runId : null, hash: entry.hash };
        }),
      };
    },
  };
}
