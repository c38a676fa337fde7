import type { Routes } from '../guards/registrar.ts';
import type { AdminRouteDeps } from './admin-route-deps.ts';
import { registerAdoption } from './adoption.ts';
import { registerApprovals } from './approvals.ts';
import { registerCohorts } from './cohorts.ts';
import { registerDeadLetters } from './dead-letters.ts';
import { registerDryRun } from './dry-run.ts';
import { registerEvents } from './events.ts';
import { registerExecute } from './execute.ts';
import { registerMembers } from './members.ts';
import { registerMigrations } from './migrations.ts';
import { openApiRoutes } from './openapi.ts';
import { registerPlanRows } from './plan-rows.ts';
import { registerRollback } from './rollback.ts';
import { registerRuns } from './runs.ts';
import { registerSession } from './session.ts';
import { registerTestRun } from './test-run.ts';
import { registerVerification } from './verification.ts';

/** Every call of a migration's way, from who is asking to its adoption, and the description of all calls. */
export function adminRoutes(deps: AdminRouteDeps): readonly Routes[] {
  const groups = [
    registerSession,
    registerMigrations,
    registerCohorts,
    registerDryRun,
    registerPlanRows,
    registerTestRun,
    registerApprovals,
    registerExecute,
    registerRuns,
    registerRollback,
    registerVerification,
    registerMembers,
    registerEvents,
    registerDeadLetters,
    registerAdoption,
  ];
  return [...groups.map((register): Routes => (routes) => register(routes, deps)), openApiRoutes];
}
