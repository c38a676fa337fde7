import type { JournalDamage } from '../../shared/contract/operator/journal.ts';

/** So many are named; of more only the number is told. */
const NAMED_MAX = 20;

/** What a check found, one damage a place. */
export interface DamageList {
  /** A place that was named before keeps its first kind, unless `better` says that this one tells more. */
  add(kind: JournalDamage['kind'], seq: number, detail: string, better?: 'better'): void;
  has(seq: number): boolean;
  hasKind(...kinds: readonly JournalDamage['kind'][]): boolean;
  /** In order of place, the first twenty. */
  named(): readonly JournalDamage[];
  count(): number;
}

export function createDamageList(): DamageList {
  const bySeq = new Map<number, JournalDamage>();
  return {
    add(kind, seq, detail, better) {
      if (better === undefined && bySeq.has(seq)) return;
      bySeq.set(seq, { seq, kind, detail });
    },
    has: (seq) => bySeq.has(seq),
    hasKind: (...kinds) => [...bySeq.values()].some(({ kind }) => kinds.includes(kind)),
    named: () => [...bySeq.values()].toSorted((one, other) => one.seq - other.seq).slice(0, NAMED_MAX),
    count: () => bySeq.size,
  };
}
