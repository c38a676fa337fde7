import type { Migration } from '../../../shared/contract/admin/migrations.ts';
import type { PlanSummary } from '../../../shared/core/plan-summary.ts';
import { people } from '../../components/format.ts';

/** How many people a plan would write. */
export function writtenCount(summary: PlanSummary): number {
  return summary.by_action.UPDATE_EXISTING + summary.by_action.CREATE_NEW;
}

/** What else happens when the plan is executed, said before it does. */
export function consequencesOf(summary: PlanSummary, settings: Migration['settings']): string {
  const written = writtenCount(summary);
  if (written === 0) return 'Nobody would be written: every row is as it should be, finished, left out or blocked.';
  const klaviyo = settings['klaviyo'] === true || settings['klaviyo_configured'] === true;
  const events = `${written === 1 ? 'one event' : 'one event each'} "Migration Complete"${klaviyo ? ', also sent to Klaviyo,' : ''} when they finish`;
  return `${people(written)} can sign in with the temporary password and must then set one of their own; ${events}. Nobody else is touched.`;
}
