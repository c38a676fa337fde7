import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import { procedures } from '../../shared/contract/operator/procedures.ts';
import { problem } from '../problems.ts';

/** A handler for every procedure that says it is not to be had. Groups lay theirs over it. */
export function unfilledHandlers(): Handlers {
  const refuse = () => Promise.reject(problem('not_available', 'This part is not in this build', 'Update Drydock.'));
  return Object.fromEntries(Object.keys(procedures).map((name) => [name, refuse])) as unknown as Handlers;
}
