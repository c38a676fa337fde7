import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import type { OperatorParts } from '../parts.ts';
import type { PlanBook } from '../runs/plan-book.ts';
import type { RunMirror } from '../runs/run-mirror.ts';
import type { Validation } from '../runs/validation.ts';
import { wayOf } from '../runs/way.ts';

/** Where the operator stands, for the stepper. */
export function createWayHandlers(parts: OperatorParts, plans: PlanBook, validation: Validation, mirror: RunMirror): Pick<Handlers, 'way.get'> {
  return { 'way.get': ({ migration }) => wayOf(parts, plans, validation, mirror, migration) };
}
