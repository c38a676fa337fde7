import { type Caller, type Handlers, dispatch } from '../shared/contract/operator/dispatch.ts';
import type { Reply } from '../shared/contract/operator/reply.ts';
import type { SecretStore } from './environments/secret-store.ts';
import { type Downloads, type FileHandles, createOpenFiles } from './files.ts';
import { createAppHandlers } from './handlers/app.ts';
import { unfilledHandlers } from './handlers/unfilled.ts';
import { type OperatorLog, faultName } from './log.ts';
import type { Host } from './parts.ts';
import { createCheckedSources } from './sources.ts';

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
}

/** The operator's machine, the same for every host: window, browser and command line. */
export interface Operator {
  readonly handlers: Handlers;
  /** Answers one call with its envelope; never throws. Pass it to `createOperatorClient` for the in-process transport. */
  call(name: string, input: unknown, caller: Caller): Promise<Reply>;
  readonly files: FileHandles;
  readonly downloads: Downloads;
  /** Ends the practice server, anchors and closes the journal, deletes what was spooled. */
  close(): Promise<void>;
}

/**
 * Opens an operator on a home folder.
 * @throws OperatorError when the home cannot be written, or the journal there is newer, foreign or in use
 */
export async function createOperator(options: OperatorOptions): Promise<Operator> {
  const { home, randomBytes, log } = options;
  const files = createOpenFiles(home, randomBytes, process.pid, isProcessAlive);
  const sources = createCheckedSources();

  const handlers: Handlers = {
    ...unfilledHandlers(),
    ...createAppHandlers({ ...options, secrets: options.secretStore, files: files.handles, downloads: files.downloads }),
  };

  return {
    handlers,
    call: (name, input, caller) =>
      dispatch(handlers, name, input, caller, (call, fault) => log.write({ level: 'error', event: 'procedure_fault', call, fault: faultName(fault) })),
    files: files.handles,
    downloads: files.downloads,
    async close() {
      sources.close();
      files.close();
    },
  };
}

function isProcessAlive(processId: number): boolean {
  try {
    process.kill(processId, 0);
    return true;
  } catch (thrown) {
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
  }
}
