import { getTestRun, rearmTestRun, startTestRun } from '../../shared/contract/admin/test-run.ts';
import type { TestMember, TestRunStatus } from '../../shared/contract/admin/test-run.ts';
import { login, me, setPassword } from '../../shared/contract/admin/customer-auth.ts';
import type { ValidationStatus } from '../../shared/contract/operator/test-runs.ts';
import { type AdminApi, createAdminApi } from '../admin-api/admin-api.ts';
import { AdminCallError } from '../admin-api/call-failure.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import { payloadOf } from '../journal/payload.ts';
import type { OperatorParts } from '../parts.ts';
import { problem } from '../problems.ts';

type Step = ValidationStatus['steps'][number];

/** Validation of a test run: signing in over the network as the customer would, then putting everyone back (N5). */
export interface Validation {
  /** Remembers the one-use keys that came with a test run; they are kept nowhere else. */
  keepKeys(runId: string, keys: Readonly<Record<string, string>>): void;
  status(environment: ConnectedEnvironment, migration: string, runId: string): Promise<ValidationStatus>;
  /** Resolves when all were tried and put back, passed or not. @throws OperatorError when it could not begin or not put back */
  validate(environment: ConnectedEnvironment, migration: string, runId: string, temporaryPassword: string): Promise<ValidationStatus>;
  rearm(environment: ConnectedEnvironment, migration: string, runId: string): Promise<ValidationStatus>;
}

export function createValidation(parts: OperatorParts): Validation {
  const { journal } = parts;
  const keysOfRun = new Map<string, Readonly<Record<string, string>>>();
  const stepsOfRun = new Map<string, Step[]>();
  const running = new Set<string>();

  function observed(environment: ConnectedEnvironment, migration: string, runId: string): Promise<TestRunStatus> {
    return environment.read(getTestRun, { params: { id: migration, run_id: runId }, query: {} });
  }

  async function status(environment: ConnectedEnvironment, migration: string, runId: string): Promise<ValidationStatus> {
    return { observed: await observed(environment, migration, runId), running: running.has(runId), steps: [...(stepsOfRun.get(runId) ?? [])] };
  }

  /** After a restart the keys are asked for again: the very call that started the test run, with its own key. */
  async function keysOf(environment: ConnectedEnvironment, runId: string): Promise<Readonly<Record<string, string>>> {
    const kept = keysOfRun.get(runId);
    if (kept !== undefined) return kept;
    for (const entry of journal.entries({ runId, kind: 'outcome' })) {
      const { call, intent, result } = payloadOf(entry);
      if (call !== 'startTestRun' || result !== 'done' || typeof intent !== 'number') continue;
      const { validation_keys } = await environment.askAgain(startTestRun, intent);
      keysOfRun.set(runId, validation_keys);
      return validation_keys;
    }
    throw problem('validation_keys_missing', 'This test run was started elsewhere', 'Only the operator who started it has its one-use keys. Validate it there, or put it back and start another.');
  }

  async function rearm(environment: ConnectedEnvironment, migration: string, runId: string): Promise<void> {
    await environment.write(rearmTestRun, { params: { id: migration, run_id: runId }, body: {}, note: { migration } });
  }

  async function tryAll(environment: ConnectedEnvironment, migration: string, runId: string, temporaryPassword: string): Promise<void> {
    const keys = await keysOf(environment, runId);
    const { members } = await observed(environment, migration, runId);
    const steps: Step[] = members.map(({ email }) => ({ email, step: 'waiting', detail: null }));
    stepsOfRun.set(runId, steps);
    const api = createAdminApi({ baseUrl: environment.url });
    try {
      for (const [index, member] of members.entries()) {
        const mark = (step: Step['step'], detail: string | null = null): void => {
          steps[index] = { email: member.email, step, detail };
        };
        const failed = await signInAsCustomer(api, member, keys[member.email] ?? '', temporaryPassword, freshPassword(parts), mark);
        if (failed === undefined) mark('checking_event');
        journal.append({ kind: 'validation.step', payload: { environment: environment.id, run_id: runId, test_row: member.kind, result: failed === undefined ? 'signed_in_and_set' : 'failed', ...(failed === undefined ? {} : { failed_at: failed.at, code: failed.code }) } });
      }
      const after = await observed(environment, migration, runId);
      for (const [index, member] of after.members.entries()) {
        if (steps[index]?.step !== 'checking_event') continue;
        steps[index] = { email: member.email, ...(hasPassed(member) ? { step: 'putting_back' as const, detail: null } : { step: 'failed' as const, detail: unseen(member) }) };
      }
    } finally {
      api.close();
      // Also when something failed: customers are not left with a password that nobody knows.
      await rearm(environment, migration, runId);
      for (const [index, step] of steps.entries()) if (step.step === 'putting_back') steps[index] = { ...step, step: 'done' };
    }
  }

  return {
    keepKeys: (runId, keys) => void keysOfRun.set(runId, keys),
    status,
    async validate(environment, migration, runId, temporaryPassword) {
      if (running.has(runId)) throw problem('validation_running', 'This test run is being validated', 'Wait until it has ended.');
      running.add(runId);
      try {
        await tryAll(environment, migration, runId, temporaryPassword);
      } finally {
        running.delete(runId);
      }
      return status(environment, migration, runId);
    },
    async rearm(environment, migration, runId) {
      await rearm(environment, migration, runId);
      return status(environment, migration, runId);
    },
  };
}

interface FailedSignIn {
  readonly at: Step['step'];
  readonly code: string;
}

/** What a customer would do: sign in with the temporary password, be held, set a new one, be let in. The new one is forgotten at once. */
async function signInAsCustomer(api: AdminApi, member: TestMember, validationKey: string, temporaryPassword: string, newPassword: string, mark: (step: Step['step'], detail?: string | null) => void): Promise<FailedSignIn | undefined> {
  let at: Step['step'] = 'signing_in';
  const fail = (code: string, detail: string): FailedSignIn => {
    mark('failed', detail);
    return { at, code };
  };
  try {
    mark(at);
    const session = await api.call(login, { params: {}, query: {}, body: { email: member.email, password: temporaryPassword, validation_key: validationKey } });
    at = 'checking_reset';
    mark(at);
    if (!session.password_reset_required) return fail('not_held', 'Signing in did not ask for a new password.');
    const held = await codeOf(api.call(me, { params: {}, query: {}, body: undefined, token: session.session_token }));
    if (held !== 'password_reset_required') return fail('not_held', 'The account could be reached before a new password was set.');
    at = 'setting_password';
    mark(at);
    const full = await api.call(setPassword, { params: {}, query: {}, body: { new_password: newPassword }, token: session.session_token });
    const reached = await codeOf(api.call(me, { params: {}, query: {}, body: undefined, token: full.session_token }));
    return reached === undefined ? undefined : fail(reached, 'The account could not be reached after the new password was set.');
  } catch (thrown) {
    if (!(thrown instanceof AdminCallError)) throw thrown;
    const code = thrown.failure.kind === 'refused' ? thrown.failure.problem.code : thrown.failure.kind;
    return fail(code, thrown.failure.kind === 'refused' ? thrown.failure.problem.title : 'The environment did not answer.');
  }
}

/** The code that a call was refused with; undefined when it was answered. */
async function codeOf(call: Promise<unknown>): Promise<string | undefined> {
  try {
    await call;
    return undefined;
  } catch (thrown) {
    if (thrown instanceof AdminCallError && thrown.failure.kind === 'refused') return thrown.failure.problem.code;
    throw thrown;
  }
}

/** 192 random bits, within what the policy takes. */
function freshPassword(parts: Pick<OperatorParts, 'randomBytes'>): string {
  return Buffer.from(parts.randomBytes(24)).toString('base64url');
}

function hasPassed(member: TestMember): boolean {
  return member.prepared && member.signed_in && member.held_at_reset && member.password_set && member.event_recorded;
}

function unseen(member: TestMember): string {
  if (!member.prepared) return 'The server did not see this person prepared.';
  if (!member.signed_in) return 'The server did not see the sign-in.';
  if (!member.held_at_reset) return 'The server did not see the sign-in held at the reset.';
  if (!member.password_set) return 'The server did not see the new password.';
  return 'The server recorded no Migration Complete event.';
}
