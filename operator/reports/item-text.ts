import { canonicalJson, canonicalString } from '../../shared/core/canonical-json.ts';
import type { Facts } from '../../shared/core/facts.ts';
import type { RunItem } from '../../shared/core/run-item.ts';

/** An item in its canonical form, with the parts of it that stand in `results.csv` too. Each is computed once. */
export type ItemText = { readonly item: string; readonly before: string | undefined; readonly after: string | undefined };

/**
 * The canonical JSON of an item, as `canonicalJson` gives it: the receipt's hash is of these very bytes. Its keys are
 * known, so they need no sorting, which is most of what a million items cost.
 */
export function itemText(item: RunItem): ItemText {
  const before = item.before === null ? undefined : factsText(item.before);
  const after = item.after === null ? undefined : factsText(item.after);
  const reason = item.reason === undefined ? '' : `,"reason":${canonicalString(item.reason)}`;
  const failed = item.outcome === 'failed' ? item : undefined;
  const compared = item.outcome === 'drifted' || item.outcome === 'kept_changed_since' ? item : undefined;
  return {
    before,
    after,
    item: `{"after":${after ?? 'null'},"at":${canonicalString(item.at)},"before":${before ?? 'null'}${failed === undefined ? '' : `,"code":${canonicalString(failed.code)}`},"email":${canonicalString(item.email)}${
      failed === undefined ? '' : `,"field":${failed.field === null ? 'null' : canonicalString(failed.field)},"message":${canonicalString(failed.message)}`
    }${compared === undefined ? '' : `,"now":${factsText(compared.now)}`},"outcome":"${item.outcome}"${compared === undefined ? '' : `,"planned":${factsText(compared.planned)}`}${reason},"row":${item.row},"seq":${item.seq},"user_id":${item.user_id === null ? 'null' : canonicalString(item.user_id)}}`,
  };
}

/** The names of the facts before, as they came and as they are written: rows of a run have the same ones in the same order. */
let known: { readonly names: readonly string[]; readonly sorted: readonly { readonly name: string; readonly text: string }[] } = { names: [], sorted: [] };

/** The canonical JSON of facts: as `canonicalJson`, without sorting the same names for every row. */
function factsText(facts: Facts): string {
  const names = Object.keys(facts);
  if (names.length !== known.names.length || names.some((name, index) => name !== known.names[index])) {
    known = { names, sorted: names.toSorted().map((name, index) => ({ name, text: `${index === 0 ? '' : ','}${canonicalString(name)}:` })) };
  }
  let text = '{';
  for (const { name, text: beginning } of known.sorted) {
    const value = facts[name];
    text += beginning + (typeof value === 'string' ? canonicalString(value) : value === undefined ? 'null' : canonicalJson(value));
  }
  return `${text}}`;
}
