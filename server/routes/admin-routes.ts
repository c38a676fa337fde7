import type { Routes } from '../guards/registrar.ts';
import type { AdminRouteDeps } from './admin-route-deps.ts';
import { registerApprovals } from './approvals.ts';
import { registerCohorts } from './cohorts.ts';
import { registerDryRun } from './dry-run.ts';
import { registerEvents } from './events.ts';
import { registerExecute } from './execute.ts';
import { registerMembers } from './members.ts';
import { registerPlanRows } from './plan-rows.ts';
import { registerRuns } from './runs.ts';
import { registerSession } from './session.ts';
import { registerTestRun } from './test-run.ts';

/** The calls of a migration's way, from the cohort to its adoption. */
export function adminRoutes(deps: AdminRouteDeps): Routes {
  return (routes) => {
    registerSession(routes, deps);
    registerCohorts(routes, deps);
    registerDryRun(routes, deps);
    registerPlanRows(routes, deps);
    registerTestRun(routes, deps);
    registerApprovals(routes, deps);
    registerExecute(routes, deps);
    registerRuns(routes, deps);
    registerMembers(routes, deps);
    registerEvents(routes, deps);
  };
}
