import { appProcedures } from './app.ts';
import { approvalProcedures } from './approvals.ts';
import { environmentProcedures } from './environments.ts';
import { journalProcedures } from './journal.ts';
import { keyProcedures } from './keys.ts';
import { planProcedures } from './plans.ts';
import { reportProcedures } from './reports.ts';
import { rollbackProcedures } from './rollback.ts';
import { runProcedures } from './runs.ts';
import { sourceProcedures } from './sources.ts';
import { testRunProcedures } from './test-runs.ts';
import { viewProcedures } from './views.ts';
import { wayProcedures } from './way.ts';

/** Every call between window or command line and operator: the one list that transports and client are made from. */
export const procedures = {
  ...appProcedures,
  ...environmentProcedures,
  ...sourceProcedures,
  ...planProcedures,
  ...testRunProcedures,
  ...approvalProcedures,
  ...runProcedures,
  ...rollbackProcedures,
  ...reportProcedures,
  ...keyProcedures,
  ...journalProcedures,
  ...viewProcedures,
  ...wayProcedures,
} as const;

export type Procedures = typeof procedures;
export type ProcedureName = keyof Procedures;
