import type { AppPart } from '../shared/contract/operator/app.ts';
import { type Caller, type Handlers, dispatch } from '../shared/contract/operator/dispatch.ts';
import { procedures } from '../shared/contract/operator/procedures.ts';
import type { Reply } from '../shared/contract/operator/reply.ts';
import { createEnvironmentStore } from './environments/environment-file.ts';
import { createFileSecretStore } from './environments/file-secret-store.ts';
import { openEnvironments } from './environments/open-environments.ts';
import { createPracticeServer } from './environments/practice.ts';
import type { SecretStore } from './environments/secret-store.ts';
import type { StartServer } from './environments/server-process.ts';
import { type Downloads, type FileHandles, createOpenFiles } from './files.ts';
import { createAppHandlers } from './handlers/app.ts';
import { createApprovalHandlers } from './handlers/approvals.ts';
import { createEnvironmentHandlers } from './handlers/environments.ts';
import { createEraseHandlers } from './handlers/journal-erase.ts';
import { createJournalFileHandlers } from './handlers/journal-files.ts';
import { createJournalHandlers } from './handlers/journal.ts';
import { createKeyHandlers } from './handlers/keys.ts';
import { keepingChecks } from './handlers/kept-sources.ts';
import { createLeftOutHandlers } from './handlers/left-out.ts';
import { createPlanHandlers } from './handlers/plans.ts';
import { createReportHandlers } from './handlers/reports.ts';
import { createRollbackHandlers } from './handlers/rollback.ts';
import { createRunHandlers } from './handlers/runs.ts';
import { createSourceHandlers } from './handlers/sources.ts';
import { createTestRunHandlers } from './handlers/test-runs.ts';
import { createViewHandlers } from './handlers/views.ts';
import { createWayHandlers } from './handlers/way.ts';
import { openJournal } from './journal/open-journal.ts';
import { type OperatorLog, faultName } from './log.ts';
import type { Host, OperatorParts } from './parts.ts';
import type { PdfPrinter } from './reports/pdf-printer.ts';
import { openRowStore } from './rows/row-store.ts';
import { createLeftOutRows } from './runs/left-out-rows.ts';
import { createPlanBook } from './runs/plan-book.ts';
import { createPlanRows } from './runs/plan-rows.ts';
import { createPlanViews } from './runs/plan-views.ts';
import { createRunMirror } from './runs/run-mirror.ts';
import { createValidation } from './runs/validation.ts';
import { createCheckedSources } from './sources.ts';
import { isProcessAlive } from './process-alive.ts';

export interface OperatorOptions {
  /** `DRYDOCK_HOME`: made when it is not there. */
  readonly home: string;
  readonly host: Host;
  readonly version: string;
  readonly secretStore: SecretStore;
  readonly clock: () => Date;
  /** Cryptographically strong. */
  readonly randomBytes: (count: number) => Uint8Array;
  /** The process environment: `DRYDOCK_TOKEN` is read from it. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: OperatorLog;
  /** The environment that calls go to in this launch, whatever was chosen before (`--env`). */
  readonly environmentName?: string;
  /** The practice server's program; the built one unless given. */
  readonly practiceServerEntry?: string;
  /** How this host starts the practice server, where that is not as a plain child process. */
  readonly startServer?: StartServer;
  /** What this host prints reports with; without it they have no PDF, and say so. */
  readonly pdfPrinter?: PdfPrinter;
  /** What the host runs on beside Node, by name and version. */
  readonly hostParts?: readonly AppPart[];
  /** Waits between attempts of a call; for tests. */
  readonly retryDelaysMs?: readonly number[];
}

/** The operator's machine, the same for every host: window, browser and command line. */
export interface Operator {
  readonly handlers: Handlers;
  /** Answers one call with its envelope; never throws. Pass it to `createOperatorClient` for the in-process transport. */
  call(name: string, input: unknown, caller: Caller): Promise<Reply>;
  readonly files: FileHandles;
  readonly downloads: Downloads;
  /** What handlers are made from, for a host that adds its own. */
  readonly parts: OperatorParts;
  /** Ends the practice server, anchors and closes the journal, deletes what was spooled. */
  close(): Promise<void>;
}

/**
 * Opens an operator on a home folder.
 * @throws OperatorError when the home cannot be written, or the journal there is newer, foreign or in use
 */
export async function createOperator(options: OperatorOptions): Promise<Operator> {
  const { home, clock, randomBytes, env, log, secretStore } = options;
  // Tokens may last for a session alone; keys that open the journal or sign reports must outlast it, or their work is lost.
  const secrets = secretStore.kind === 'session-only' ? createFileSecretStore(home) : secretStore;
  const journal = openJournal({ home, secrets, clock, randomBytes, log });
  const files = createOpenFiles(home, randomBytes, process.pid, isProcessAlive);
  const sources = createCheckedSources();
  const practice = createPracticeServer({
    home,
    env,
    ...(options.practiceServerEntry === undefined ? {} : { serverEntry: options.practiceServerEntry }),
    ...(options.startServer === undefined ? {} : { startServer: options.startServer }),
  });
  const environments = openEnvironments({
    store: createEnvironmentStore(home, journal.exclusively),
    secrets: secretStore,
    journal,
    practice,
    clock,
    randomBytes,
    env,
    log,
    environmentName: options.environmentName,
    ...(options.retryDelaysMs === undefined ? {} : { retryDelaysMs: options.retryDelaysMs }),
    processId: process.pid,
    isProcessAlive,
  });
  const rowStore = openRowStore();
  const mirror = createRunMirror(journal, log, clock, rowStore);
  const parts: OperatorParts = {
    home,
    host: options.host,
    version: options.version,
    clock,
    randomBytes,
    env,
    log,
    secrets,
    sources,
    journal,
    environments,
    mirror,
    pdfPrinter: options.pdfPrinter,
    files: files.handles,
    downloads: files.downloads,
    newDownloadPath: files.newDownloadPath,
  };

  const planRows = createPlanRows(rowStore);
  const planViews = createPlanViews(rowStore, planRows);
  const plans = createPlanBook(parts, planRows, planViews);
  const leftOut = createLeftOutRows(parts, rowStore);
  const validation = createValidation(parts);
  const sourceHandlers = createSourceHandlers(parts);
  const runHandlers = createRunHandlers(parts, plans);

  const handlers: Handlers = {
    ...createAppHandlers({ ...parts, secrets: secretStore, hostParts: options.hostParts ?? [] }),
    ...createEnvironmentHandlers(environments, practice),
    ...sourceHandlers,
    'sources.check': keepingChecks(parts, sourceHandlers['sources.check']),
    ...createLeftOutHandlers(leftOut),
    ...createPlanHandlers(plans, planRows, planViews),
    ...createTestRunHandlers(parts, plans, planViews, validation, mirror, practice),
    ...createApprovalHandlers(parts, plans),
    ...runHandlers,
    ...createViewHandlers(parts, { plans, planViews, leftOut, listRuns: runHandlers['runs.list'] }),
    ...createRollbackHandlers(parts, mirror),
    ...createReportHandlers(parts),
    ...createKeyHandlers(parts),
    ...createJournalHandlers(parts),
    ...createEraseHandlers(parts, planRows),
    ...createJournalFileHandlers(parts),
    ...createWayHandlers(parts, plans, validation, mirror),
  };

  // A window stays open: what was in doubt is settled at once. A command settles when it reaches the environment.
  const settling = options.host === 'command-line' ? Promise.resolve() : environments.settleAll();

  return {
    handlers,
    parts,
    files: parts.files,
    downloads: parts.downloads,
    async call(name, input, caller) {
      const reply = await dispatch(handlers, name, input, caller, (call, fault) => log.write({ level: 'error', event: 'procedure_fault', call, fault: faultName(fault) }));
      if (Object.hasOwn(procedures, name) && procedures[name as keyof typeof procedures].kind === 'command') await environments.anchorAll();
      return reply;
    },
    async close() {
      await settling;
      // A command ends when all of its run is here; a window is let go, and goes on where it stopped.
      await mirror.settle(options.host === 'command-line' ? 'to_the_end' : 'this_page');
      await environments.anchorAll();
      environments.close();
      await practice.close();
      sources.close();
      files.close();
      planRows.close();
      await rowStore.close();
      journal.close();
    },
  };
}
