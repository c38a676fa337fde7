import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import type { LeftOutRows } from '../runs/left-out-rows.ts';

type LeftOutHandlers = Pick<Handlers, 'sources.listRejected' | 'sources.listDuplicates' | 'sources.listWarnings' | 'sources.countLeftOut'>;

/** What does not go on of a checked file, and what looks risky, by window. */
export function createLeftOutHandlers(leftOut: LeftOutRows): LeftOutHandlers {
  return {
    'sources.listRejected': ({ source_id, ...query }) => leftOut.list(source_id, 'rejected', query),
    'sources.listDuplicates': ({ source_id, ...query }) => leftOut.list(source_id, 'duplicates', query),
    'sources.listWarnings': ({ source_id, ...query }) => leftOut.list(source_id, 'warnings', query),
    'sources.countLeftOut': ({ source_id, list }) => leftOut.count(source_id, list),
  };
}
