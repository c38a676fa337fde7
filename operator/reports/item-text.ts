import { canonicalJson, canonicalString } from '../../shared/core/canonical-json.ts';
import type { RunItem } from '../../shared/core/run-item.ts';

/** An item in its canonical form, with the parts of it that stand in `results.csv` too. Each is computed once. */
export type ItemText = { readonly item: string; readonly before: string | undefined; readonly after: string | undefined };

/**
 * The canonical JSON of an item, as `canonicalJson` gives it: the receipt's hash is of these very bytes. Its keys are
 * known, so they need no sorting, which is most of what a million items cost.
 */
export function itemText(item: RunItem): ItemText {
  const before = item.before === null ? undefined : canonicalJson(item.before);
  const after = item.after === null ? undefined : canonicalJson(item.after);
  const reason = item.reason === undefined ? '' : `,"reason":${canonicalString(item.reason)}`;
  const failed = item.outcome === 'failed' ? item : undefined;
  const compared = item.outcome === 'drifted' || item.outcome === 'kept_changed_since' ? item : undefined;
  return {
    before,
    after,
    item: `{"after":${after ?? 'null'},"at":${canonicalString(item.at)},"before":${before ?? 'null'}${failed === undefined ? '' : `,"code":${canonicalString(failed.code)}`},"email":${canonicalString(item.email)}${
      failed === undefined ? '' : `,"field":${failed.field === null ? 'null' : canonicalString(failed.field)},"message":${canonicalString(failed.message)}`
    }${compared === undefined ? '' : `,"now":${canonicalJson(compared.now)}`},"outcome":"${item.outcome}"${compared === undefined ? '' : `,"planned":${canonicalJson(compared.planned)}`}${reason},"row":${item.row},"seq":${item.seq},"user_id":${item.user_id === null ? 'null' : canonicalString(item.user_id)}}`,
  };
}
