import { statSync } from 'node:fs';
import type { z } from 'zod';
import { type JournalHead, listJournalHeads } from '../../shared/contract/admin/signers.ts';
import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import type { JournalDamage, JournalStatus, journalEntryViewSchema } from '../../shared/contract/operator/journal.ts';
import type { JournalEntry } from '../../shared/core/journal-entry.ts';
import { payloadOf } from '../journal/payload.ts';
import { type HeadComparison, compareHeads, headsOfServer } from '../journal/server-heads.ts';
import { titleOf } from '../journal/titles.ts';
import type { CheckProgress } from '../journal/verify-apart.ts';
import type { OperatorParts } from '../parts.ts';

type JournalHandlers = Pick<Handlers, 'journal.getStatus' | 'journal.verify' | 'journal.getProgress' | 'journal.listAnchors' | 'journal.list' | 'journal.find'>;

/** How long the comparison with the server's heads is believed by the foot of the window. */
const ANCHOR_FRESH_MS = 60_000;
const NAMED_DAMAGES_MAX = 20;

/** What the server's heads say of this journal; `not_reachable` where it could not be asked. */
type Comparison = HeadComparison | 'not_reachable';

/** The journal's state, its checks and its entries. */
export function createJournalHandlers({ journal, environments, clock, secrets }: Pick<OperatorParts, 'journal' | 'environments' | 'clock' | 'secrets'>): JournalHandlers {
  let checking: CheckProgress | undefined;
  let verifying: Promise<unknown> | undefined;
  let compared: { readonly comparison: Comparison; readonly atMs: number } | undefined;

  async function headsThere(): Promise<readonly JournalHead[]> {
    const environment = await environments.connect();
    const heads: JournalHead[] = [];
    for await (const head of headsOfServer(journal, (query) => environment.read(listJournalHeads, { params: {}, query }))) heads.push(head);
    return heads;
  }

  /** An anchored head that is not in this chain, or lies past its end, means that this is not the journal it was. */
  async function compareNow(): Promise<Comparison> {
    const heads = await headsThere().catch(() => undefined);
    const comparison = heads === undefined ? 'not_reachable' : compareHeads(journal, heads, journal.condition().verdict.damages);
    compared = { comparison, atMs: clock().getTime() };
    return comparison;
  }

  /** One at a time: whoever asks meanwhile gets the same verdict. */
  async function verifyOnce(): Promise<void> {
    checking ??= { checked: 0, of: journal.head()?.seq ?? 0 };
    verifying ??= journal
      .verifyApart((progress) => {
        checking = progress;
      })
      .finally(() => {
        checking = undefined;
        verifying = undefined;
      });
    await verifying;
  }

  function status(comparison: Comparison): JournalStatus {
    const condition = journal.condition();
    const { verdict } = condition;
    const anchor = anchorOf(comparison);
    const shownByServer: readonly JournalDamage[] = comparison === 'not_reachable' ? [] : comparison.damages;
    const damages = [...verdict.damages, ...shownByServer].toSorted((one, other) => one.seq - other.seq).slice(0, NAMED_DAMAGES_MAX);
    const details = [
      condition.state === 'latched' ? condition.detail : undefined,
      damages[0]?.detail,
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
      damages,
      damages_left_out: verdict.damageCount + shownByServer.length - damages.length,
      bytes: bytesOf(journal.path) + bytesOf(`${journal.path}-wal`),
      keys: keyPlaces[secrets.kind],
    };
  }

  return {
    'journal.getStatus': async () => {
      // "Nothing anchored" is over as soon as the first head is, so it is never told from memory.
      const isBelieved = compared !== undefined && anchorOf(compared.comparison) !== 'none' && Math.abs(clock().getTime() - compared.atMs) < ANCHOR_FRESH_MS;
      return status(isBelieved && compared !== undefined ? compared.comparison : await compareNow());
    },
    'journal.verify': async () => {
      await verifyOnce();
      return status(await compareNow());
    },
    'journal.getProgress': async () => ({ checking: checking === undefined ? null : { ...checking } }),
    'journal.listAnchors': async ({ offset, limit }) => {
      const comparison = await compareNow();
      if (comparison === 'not_reachable') return { items: [], total: 0, is_reachable: false };
      const newest = comparison.heads.toReversed().slice(offset, offset + limit);
      return { items: newest.map(({ seq, hash, anchoredAt, agrees }) => ({ seq, hash, anchored_at: anchoredAt, agrees })), total: comparison.heads.length, is_reachable: true };
    },
    'journal.list': async ({ offset, limit, run_id }) => {
      const { items, total } = journal.list({ offset, limit, ...(run_id === undefined ? {} : { runId: run_id }) });
      return { total, items: items.map(viewOf) };
    },
    'journal.find': async ({ seq }) => {
      const entry = journal.get(seq);
      const offset = journal.countAfter(seq);
      if (entry !== undefined) return { offset, entry: viewOf(entry), before: null, after: null };
      // Newest first, so that the next one in time stands right before the place, and the one before it at the place.
      const seqAt = (place: number): number | null => (place < 0 ? null : (journal.list({ offset: place, limit: 1 }).items[0]?.seq ?? null));
      return { offset, entry: null, before: seqAt(offset), after: seqAt(offset - 1) };
    },
  };
}

function viewOf(entry: JournalEntry): z.infer<typeof journalEntryViewSchema> {
  const { at, run_id: runId } = payloadOf(entry);
  return { seq: entry.seq, kind: entry.kind, at: typeof at === 'string' ? at : null, title: titleOf(entry), run_id: typeof runId === 'string' ? runId : null, hash: entry.hash };
}

const keyPlaces = { 'os-key-store': 'os_key_store', file: 'file', 'session-only': 'session_only' } as const;

function bytesOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function anchorOf(comparison: Comparison): JournalStatus['anchor'] {
  if (comparison === 'not_reachable') return 'not_reachable';
  if (comparison.heads.length === 0) return 'none';
  return comparison.heads.every(({ agrees }) => agrees) ? 'agrees' : 'disagrees';
}
