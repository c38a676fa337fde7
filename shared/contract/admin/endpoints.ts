import { decideApproval, listApprovals } from './approvals.ts';
import { putCohort } from './cohorts.ts';
import { confirmSignIn, login, logout, me, setPassword } from './customer-auth.ts';
import { listDeadLetters, replayDeadLetters } from './dead-letters.ts';
import { getHealth, getReady } from './health.ts';
import { getAdoption, listEvents, listMembers } from './members.ts';
import { getMetrics } from './metrics.ts';
import { listMigrations } from './migrations.ts';
import { getOpenApi } from './openapi.ts';
import { dryRun, listPlanRows } from './plans.ts';
import { listRollbackItems, rollBack } from './rollback.ts';
import { execute, getReceipt, getRun, listRunItems, listRuns, pauseRun, resumeRun, stopRun } from './runs.ts';
import { getSession } from './session.ts';
import { listJournalHeads, listSigners, postJournalHead, registerSigner, revokeSigner } from './signers.ts';
import { getTestRun, rearmTestRun, startTestRun } from './test-run.ts';
import { listSnapshots, verifyRun } from './verification.ts';

/** Every call of the admin API and of customers' sign-in: the one list that server, client and OpenAPI are made from. */
export const endpoints = {
  login,
  confirmSignIn,
  setPassword,
  logout,
  me,
  getOpenApi,
  getHealth,
  getReady,
  getMetrics,
  getSession,
  listMigrations,
  putCohort,
  dryRun,
  listPlanRows,
  startTestRun,
  getTestRun,
  rearmTestRun,
  decideApproval,
  listApprovals,
  execute,
  listRuns,
  getRun,
  listRunItems,
  pauseRun,
  resumeRun,
  stopRun,
  listSnapshots,
  getReceipt,
  verifyRun,
  rollBack,
  listRollbackItems,
  listMembers,
  listEvents,
  listDeadLetters,
  replayDeadLetters,
  getAdoption,
  registerSigner,
  listSigners,
  revokeSigner,
  postJournalHead,
  listJournalHeads,
} as const;

export type Endpoints = typeof endpoints;
export type EndpointName = keyof Endpoints;
