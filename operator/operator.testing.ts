import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OperatorClient, createOperatorClient } from '../shared/contract/operator/client.ts';
import { OperatorError, type OperatorProblem } from '../shared/contract/operator/reply.ts';
import type { CohortRecord } from '../shared/core/cohort.ts';
import { createFileSecretStore } from './environments/file-secret-store.ts';
import { silentLog } from './log.ts';
import { type Operator, type OperatorOptions, createOperator } from './operator.ts';
import type { CheckedSource } from './sources.ts';

/** An operator of a test with its own home and the in-process client. */
export interface TestOperator {
  readonly operator: Operator;
  readonly client: OperatorClient;
}

/** A home folder that is gone after the test. */
export function temporaryHome(): { readonly home: string; readonly remove: () => void } {
  const home = mkdtempSync(join(tmpdir(), 'drydock-home-'));
  return { home, remove: () => rmSync(home, { recursive: true, force: true }) };
}

/** Opens an operator in process, with secrets in files as on a machine without a key store. */
export async function openTestOperator(home: string, options: Partial<OperatorOptions> = {}): Promise<TestOperator> {
  const operator = await createOperator({
    home,
    host: 'command-line',
    version: '0.0.0',
    secretStore: createFileSecretStore(home),
    clock: () => new Date(),
    randomBytes,
    env: {},
    log: silentLog,
    retryDelaysMs: [],
    ...options,
  });
  return { operator, client: createOperatorClient((name, input) => operator.call(name, input, { transport: 'in-process' })) };
}

/** A home of one test, and the operators that were opened on it. */
export interface OperatorHome {
  readonly home: string;
  /** Closed by `closeAll` and `remove`. */
  open(options?: Partial<OperatorOptions>): Promise<TestOperator>;
  /** Opened, with the server at `url` as the environment `staging`. */
  connect(url: string): Promise<TestOperator>;
  closeAll(): Promise<void>;
  /** Closes what is open and removes the folder. */
  remove(): Promise<void>;
}

/** A home whose operators are all opened with `given`, unless told otherwise. */
export function createOperatorHome(given: Partial<OperatorOptions> = {}): OperatorHome {
  const { home, remove } = temporaryHome();
  const opened: TestOperator[] = [];
  async function closeAll(): Promise<void> {
    for (const { operator } of opened.splice(0)) await operator.close();
  }
  async function open(options: Partial<OperatorOptions> = {}): Promise<TestOperator> {
    const one = await openTestOperator(home, { ...given, ...options });
    opened.push(one);
    return one;
  }
  return {
    home,
    open,
    async connect(url) {
      const one = await open();
      if (one.operator.parts.environments.list().length === 0) await one.client.call('environments.add', { name: 'staging', url, token: 'token' });
      return one;
    },
    closeAll,
    async remove() {
      await closeAll();
      remove();
    },
  };
}

/** What a call was refused with. Fails the test when it was not refused. */
export async function refusal(call: Promise<unknown>): Promise<OperatorProblem> {
  try {
    await call;
  } catch (thrown) {
    if (thrown instanceof OperatorError) return thrown.problem;
    throw thrown;
  }
  throw new Error('expected a refusal');
}

/** The code a call was refused with. */
export async function refusalCode(call: Promise<unknown>): Promise<string> {
  return (await refusal(call)).code;
}

/** A checked file of these records, as the parser would hand it over. */
export function checkedSource(sourceId: string, records: readonly CohortRecord[], cohort: string): CheckedSource {
  return {
    summary: {
      source_id: sourceId,
      file: 'people.csv',
      sha256: 'f'.repeat(64),
      bytes: 1,
      encoding: 'utf-8',
      delimiter: ',',
      columns: { email: 'Email' },
      ignored_columns: [],
      headers: [{ header: 'Email', samples: records.map(({ email }) => email) }],
      rows: records.length,
      accepted: records.length,
      blank: 0,
      rejected_count: 0,
      duplicate_count: 0,
      warning_count: 0,
      cohort,
      file_error: null,
    },
    records: () => records,
    rejected: () => [],
    duplicates: () => [],
    warnings: () => [],
    page: () => [],
    release: () => undefined,
  };
}
