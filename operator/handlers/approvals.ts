import { decideApproval, listApprovals } from '../../shared/contract/admin/approvals.ts';
import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import { notPractice } from '../environments/environment-book.ts';
import type { OperatorParts } from '../parts.ts';
import type { PlanBook } from '../runs/plan-book.ts';

type ApprovalHandlers = Pick<Handlers, 'approvals.decide' | 'approvals.list'>;

/** Consent of a named person to one plan hash, and to nothing else. */
export function createApprovalHandlers({ environments, journal }: OperatorParts, plans: PlanBook): ApprovalHandlers {
  return {
    'approvals.decide': async ({ migration, plan_hash, decision, comment, as_practice_approver: asPracticeApprover = false }) => {
      const environment = await environments.connect();
      if (asPracticeApprover && !environment.isBuiltIn) throw notPractice();
      return environment.write(decideApproval, {
        params: { id: migration },
        body: { plan_hash, decision, comment },
        // The comment is personal: it goes with the plan's people when they are erased.
        scope: plans.journaled(environment, migration, plan_hash)?.scope ?? journal.newScope(),
        note: { migration, plan_hash, decision },
        asPracticeApprover,
      });
    },
    'approvals.list': async ({ migration, plan_hash }) => {
      const environment = await environments.connect();
      const { items } = await environment.read(listApprovals, { params: { id: migration }, query: { plan_hash, limit: '1000' } });
      return { items };
    },
  };
}
