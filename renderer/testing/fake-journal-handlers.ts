import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import type { JournalStatus } from '../../shared/contract/operator/journal.ts';
import { FAKE_NOW, hashOf, type FakeWorld } from './fake-world.ts';

type JournalNames = Extract<keyof Handlers, `journal.${string}`>;

/** The journal of the made-up operator: 214 entries. */
export function fakeJournalHandlers(world: FakeWorld): Pick<Handlers, JournalNames> {
  const damaged = [
    { seq: 41, kind: 'edited' as const, detail: 'Entry 41 is not what was written.' },
    { seq: 102, kind: 'removed' as const, detail: 'Entries 102 to 104 are gone.' },
  ];
  const status = { state: 'verified', entries: 214, head_hash: hashOf('9'), verified_at: FAKE_NOW, detail: null, open_intents: 0, anchor: 'agrees', damages: [], damages_left_out: 0, bytes: 184_320, keys: 'file' } satisfies JournalStatus;
  const erasure = {
    run_id: 'run_dry_0',
    runs: [
      { run_id: 'run_dry_0', kind: 'dry_run', state: 'completed' },
      { run_id: 'run_exec', kind: 'execution', state: 'completed' },
    ],
    sealed_entries: 18,
    keys: 3,
    reports: [{ report_id: 'rep_1', run_id: 'run_exec', folder: '/home/kim/reports/2025-08-09-execution', zip: null, redacted: false, exported_at: FAKE_NOW }],
  };
  const shown = (): JournalStatus => (world.journal === 'damaged' ? { ...status, state: 'damaged', detail: damaged[0]?.detail ?? null, damages: damaged, damages_left_out: 7 } : status);
  return {
    'journal.getStatus': () => Promise.resolve(shown()),
    // A check that is seen under way does not end.
    'journal.verify': () => (world.journal === 'being_checked' ? new Promise<never>(() => undefined) : Promise.resolve(shown())),
    'journal.getProgress': () => Promise.resolve({ checking: world.journal === 'being_checked' ? { checked: 120, of: 214 } : null }),
    'journal.listAnchors': () => Promise.resolve(world.reachable ? { items: [{ seq: 214, hash: hashOf('9'), anchored_at: FAKE_NOW, agrees: true }, { seq: 208, hash: hashOf('8'), anchored_at: FAKE_NOW, agrees: true }], total: 2, is_reachable: true } : { items: [], total: 0, is_reachable: false }),
    'journal.list': ({ offset, limit }) => {
      const seqs = seqsOf(world);
      return Promise.resolve({ total: seqs.length, items: seqs.slice(offset, offset + limit).map(entryAt) });
    },
    'journal.find': ({ seq }) => {
      const seqs = seqsOf(world);
      const offset = seqs.filter((other) => other > seq).length;
      const isThere = seqs.includes(seq);
      return Promise.resolve({ offset, entry: isThere ? entryAt(seq) : null, before: isThere ? null : (seqs[offset] ?? null), after: isThere ? null : (seqs[offset - 1] ?? null) });
    },
    'journal.backUp': () => Promise.resolve({ entries: 214, head_hash: hashOf('9'), bytes: 180_224, path: null, download_id: 'download_1' }),
    'journal.export': () => Promise.resolve({ entries: 214, bytes: 98_304, path: null, download_id: 'download_1' }),
    'journal.previewErase': () => Promise.resolve(erasure),
    'journal.erase': () => Promise.resolve(erasure),
  };
}

/** Newest first. In the damaged one three are gone. */
function seqsOf(world: FakeWorld): readonly number[] {
  const all = Array.from({ length: 214 }, (_, index) => 214 - index);
  return world.journal === 'damaged' ? all.filter((seq) => seq < 102 || seq > 104) : all;
}

function entryAt(seq: number) {
  return { seq, kind: seq % 2 === 0 ? 'outcome' : 'intent', at: FAKE_NOW, title: seq % 2 === 0 ? 'Dry run planned: 57 rows' : 'Dry run asked for account-prep-60.csv', run_id: 'run_dry_0', hash: hashOf(String(seq % 10)) };
}
