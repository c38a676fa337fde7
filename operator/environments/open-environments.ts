import type { AdminSession } from '../../shared/contract/admin/session.ts';
import { getSession } from '../../shared/contract/admin/session.ts';
import type { Connection, Environment } from '../../shared/contract/operator/environments.ts';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import { type AdminApi, createAdminApi } from '../admin-api/admin-api.ts';
import { adminBaseUrl } from '../admin-api/base-url.ts';
import { AdminCallError, operatorErrorOf } from '../admin-api/call-failure.ts';
import type { Journal } from '../journal/journal.ts';
import type { OperatorLog } from '../log.ts';
import { problem } from '../problems.ts';
import type { ConnectedEnvironment, Environments } from './environments.ts';
import { type EnvironmentStore, type Pins, type StoredEnvironment } from './environment-file.ts';
import { changedPin, pinsOf } from './pins.ts';
import type { PracticeReady, PracticeServer } from './practice.ts';
import type { SecretStore } from './secret-store.ts';
import { type Actor, createWritingCalls, notPractice, type WritingCalls } from './writing-call.ts';

/** How long what the server said of itself is believed before it is asked again. */
const SESSION_FRESH_MS = 5_000;
export const PRACTICE_NAME = 'practice';

export interface EnvironmentParts {
  readonly store: EnvironmentStore;
  readonly secrets: SecretStore;
  readonly journal: Journal;
  readonly practice: PracticeServer;
  readonly clock: () => Date;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: OperatorLog;
  /** `--env`: calls of this launch go there whatever is current. */
  readonly environmentName: string | undefined;
  readonly retryDelaysMs?: readonly number[];
  readonly processId: number;
  readonly isProcessAlive: (processId: number) => boolean;
}

/** Environments as a person manages them, beside the way to each. */
export interface ManagedEnvironments extends Environments {
  add(name: string, url: string, token: string | undefined): Promise<Environment>;
  use(name: string): Environment;
  setToken(name: string, token: string): Promise<Environment>;
  remove(name: string): void;
  confirmPin(name: string): Promise<Environment>;
  startPractice(reset: boolean): Promise<{ readonly environment: Environment; readonly migration: string }>;
  /** Anchors the head wherever this launch has been connected. */
  anchorAll(): Promise<void>;
  close(): void;
}

interface Live {
  readonly url: string;
  readonly token: string;
  readonly api: AdminApi;
  session: AdminSession;
  seenAtMs: number;
  writing: WritingCalls;
  settled: boolean;
}

/** Opens the environments of a home. Nothing is reached before it is asked for. */
export function openEnvironments(parts: EnvironmentParts): ManagedEnvironments {
  const { store, secrets, journal, practice, clock, env } = parts;
  const live = new Map<string, Live>();
  const changedPins = new Map<string, Environment['pin_changed']>();
  const underWay = new Set<string>();
  const anchored = new Map<string, number>();

  function find(name: string): StoredEnvironment {
    const stored = store.read().environments.find((environment) => environment.name === name);
    if (stored === undefined) throw problem('no_environment', `There is no environment named ${name}`, 'List the environments, or add this one with its address.');
    return stored;
  }

  function currentName(): string {
    const name = parts.environmentName ?? store.read().current;
    if (name === null) throw problem('no_environment', 'No environment is chosen', 'Start the practice environment, or add one by its address and token.');
    return name;
  }

  function shown(stored: StoredEnvironment): Environment {
    const file = store.read();
    return {
      name: stored.name,
      url: stored.url,
      // Until an environment was reached it is treated as what asks for most care.
      kind: stored.pins?.kind ?? 'production',
      environment_id: stored.pins?.environment_id ?? '',
      receipt_public_key: stored.pins?.receipt_public_key ?? '',
      current: (parts.environmentName ?? file.current) === stored.name,
      has_token: storedToken(stored) !== undefined,
      pin_changed: changedPins.get(stored.name) ?? null,
    };
  }

  function practiceReady(): PracticeReady | undefined {
    const status = practice.status();
    return status.state === 'ready' ? status.ready : undefined;
  }

  function storedToken(stored: StoredEnvironment): string | undefined {
    if (stored.built_in) return practiceReady()?.token;
    return env['DRYDOCK_TOKEN'] || secrets.get(tokenSecret(stored.name));
  }

  function tokenOf(stored: StoredEnvironment, actor: Actor): string {
    if (actor === 'practice_approver') {
      const ready = practiceReady();
      if (!stored.built_in || ready === undefined) throw notPractice();
      return ready.approver_token;
    }
    const token = storedToken(stored);
    if (token === undefined) throw problem('no_token', `There is no token for ${stored.name}`, 'Give one in Settings, or in the variable DRYDOCK_TOKEN.');
    return token;
  }

  async function fetchSession(api: AdminApi, token: string): Promise<AdminSession> {
    try {
      return await api.call(getSession, { params: {}, query: {}, body: undefined, token });
    } catch (thrown) {
      throw thrown instanceof AdminCallError ? operatorErrorOf(thrown.failure, false) : thrown;
    }
  }

  function keep(name: string, change: (stored: StoredEnvironment) => StoredEnvironment): StoredEnvironment {
    store.change((file) => ({ ...file, environments: file.environments.map((stored) => (stored.name === name ? change(stored) : stored)) }));
    return find(name);
  }

  function keepPins(stored: StoredEnvironment, pins: Pins, kind: 'environment.added' | 'environment.pin_confirmed'): StoredEnvironment {
    journal.append({ kind, payload: { environment: pins.environment_id, name: stored.name, url: stored.url, ...pins, ...(stored.pins === null ? {} : { before: { ...stored.pins } }) } });
    changedPins.delete(stored.name);
    return keep(stored.name, (one) => ({ ...one, url: stored.url, pins }));
  }

  function drop(name: string): void {
    live.get(name)?.api.close();
    live.delete(name);
  }

  function newApi(url: string): AdminApi {
    return createAdminApi({ baseUrl: url, ...(parts.retryDelaysMs === undefined ? {} : { retryDelaysMs: parts.retryDelaysMs }) });
  }

  /** The practice server is ours and runs, so what it says of itself is taken; a reset makes it another one. */
  async function readyPractice(reset: boolean): Promise<{ readonly stored: StoredEnvironment; readonly ready: PracticeReady }> {
    const before = practiceReady();
    const ready = await practice.start({ reset });
    const name = builtInName();
    const known = store.read().environments.find((stored) => stored.name === name);
    if (known !== undefined && before === ready && known.url === ready.url && known.pins !== null) return { stored: known, ready };
    drop(name);
    const api = newApi(ready.url);
    try {
      const pins = pinsOf(await fetchSession(api, ready.token));
      const stored: StoredEnvironment = { name, url: ready.url, built_in: true, pins: known?.pins ?? null };
      store.change((file) => ({
        ...file,
        current: file.current ?? name,
        environments: [...file.environments.filter((one) => one.name !== name), stored],
      }));
      const isSame = known?.pins !== null && known?.pins !== undefined && changedPin(known.pins, pins) === null;
      return { stored: isSame ? stored : keepPins(stored, pins, 'environment.added'), ready };
    } finally {
      api.close();
    }
  }

  /** `practice`, unless the person gave that name to another environment. */
  function builtInName(): string {
    const taken = store.read().environments.find((stored) => stored.name === PRACTICE_NAME);
    return taken === undefined || taken.built_in ? PRACTICE_NAME : 'built-in-practice';
  }

  async function reach(name: string): Promise<{ readonly stored: StoredEnvironment; readonly now: Live }> {
    const isMissing = !store.read().environments.some((stored) => stored.name === name);
    const stored = (isMissing && name === PRACTICE_NAME) || (!isMissing && find(name).built_in) ? (await readyPractice(false)).stored : find(name);
    const token = tokenOf(stored, 'operator');
    let now = live.get(name);
    if (now !== undefined && (now.url !== stored.url || now.token !== token)) {
      drop(name);
      now = undefined;
    }
    const nowMs = clock().getTime();
    if (now !== undefined && Math.abs(nowMs - now.seenAtMs) < SESSION_FRESH_MS) return { stored, now };

    const api = now?.api ?? newApi(stored.url);
    const session = await fetchSession(api, token);
    const checked = checkPins(stored, session);
    if (now === undefined) {
      const writing = createWritingCalls({ ...parts, environmentId: session.environment.id, api, tokenOf: (actor) => tokenOf(checked, actor), underWay, anchored });
      now = { url: stored.url, token, api, session, seenAtMs: nowMs, writing, settled: false };
      live.set(name, now);
    }
    now.session = session;
    now.seenAtMs = nowMs;
    if (!now.settled) {
      now.settled = true;
      await now.writing.settle();
    }
    return { stored: checked, now };
  }

  function checkPins(stored: StoredEnvironment, session: AdminSession): StoredEnvironment {
    const pins = pinsOf(session);
    if (stored.pins === null) return keepPins(stored, pins, 'environment.added');
    const changed = changedPin(stored.pins, pins);
    if (changed === null) {
      changedPins.delete(stored.name);
      return stored;
    }
    changedPins.set(stored.name, changed);
    drop(stored.name);
    throw problem('environment_changed', `${stored.name} is not the environment it was`, `Its ${pinTitles[changed.field]} was ${changed.pinned} and is now ${changed.now}. Nothing is sent there until somebody who knows why confirms it in Settings.`);
  }

  async function connect(name: string = currentName()): Promise<ConnectedEnvironment> {
    const { stored, now } = await reach(name);
    return {
      name: stored.name,
      id: now.session.environment.id,
      url: stored.url,
      session: now.session,
      isBuiltIn: stored.built_in,
      async read(call, input) {
        try {
          return await now.api.call(call, { ...input, body: undefined as never, token: tokenOf(stored, 'operator') });
        } catch (thrown) {
          throw thrown instanceof AdminCallError ? operatorErrorOf(thrown.failure, false) : thrown;
        }
      },
      async write(call, input) {
        const fresh = (await reach(name)).now;
        if (journal.openIntents().length > 0) await fresh.writing.settle();
        return fresh.writing.write(call, input);
      },
      async askAgain(call, intentSeq) {
        return call.reply.parse(await now.writing.askAgain(intentSeq)) as never;
      },
      anchor: (runId) => now.writing.anchor(runId),
    };
  }

  return {
    currentName,
    connect,
    list: () => store.read().environments.map(shown),
    async getConnection(name) {
      try {
        return { state: 'connected', session: (await connect(name)).session };
      } catch (thrown) {
        if (thrown instanceof OperatorError) return connectionOf(thrown);
        throw thrown;
      }
    },
    async add(name, url, token) {
      const baseUrl = adminBaseUrl(url);
      const known = store.read().environments.find((stored) => stored.name === name);
      if (known !== undefined && !known.built_in && known.url !== baseUrl) throw problem('environment_exists', `There is an environment named ${name} already`, `It is ${known.url}. Remove it first, or choose another name.`);
      const stored: StoredEnvironment = { name, url: baseUrl, built_in: false, pins: known === undefined || known.built_in ? null : known.pins };
      const usable = token ?? storedToken(stored);
      let session: AdminSession | undefined;
      if (usable !== undefined) {
        const api = newApi(baseUrl);
        session = await fetchSession(api, usable).finally(() => api.close());
      }
      if (token !== undefined) secrets.set(tokenSecret(name), token);
      drop(name);
      store.change((file) => ({ ...file, current: file.current ?? name, environments: [...file.environments.filter((one) => one.name !== name), stored] }));
      return shown(session === undefined ? stored : checkPins(stored, session));
    },
    use(name) {
      const stored = find(name);
      store.change((file) => ({ ...file, current: name }));
      return shown(stored);
    },
    async setToken(name, token) {
      const stored = find(name);
      if (stored.built_in) throw problem('practice_token', 'The practice environment brings its own token', 'There is nothing to set.');
      const api = newApi(stored.url);
      const session = await fetchSession(api, token).finally(() => api.close());
      secrets.set(tokenSecret(name), token);
      drop(name);
      return shown(checkPins(stored, session));
    },
    remove(name) {
      const stored = find(name);
      store.change((file) => ({ ...file, current: file.current === name ? null : file.current, environments: file.environments.filter((one) => one.name !== name) }));
      secrets.remove(tokenSecret(name));
      drop(name);
      changedPins.delete(name);
      journal.append({ kind: 'environment.removed', payload: { environment: stored.pins?.environment_id ?? null, name } });
    },
    async confirmPin(name) {
      const stored = find(name);
      const api = newApi(stored.url);
      const session = await fetchSession(api, tokenOf(stored, 'operator')).finally(() => api.close());
      drop(name);
      return shown(keepPins(stored, pinsOf(session), 'environment.pin_confirmed'));
    },
    async startPractice(reset) {
      const { stored, ready } = await readyPractice(reset);
      store.change((file) => ({ ...file, current: stored.name }));
      return { environment: shown(stored), migration: ready.migration };
    },
    async anchorAll() {
      await Promise.all([...live.values()].map((one) => one.writing.anchor().catch(() => undefined)));
    },
    close() {
      for (const name of live.keys()) drop(name);
    },
  };
}

const pinTitles = { environment_id: 'id', kind: 'kind', receipt_public_key: 'receipt key' } as const;

function tokenSecret(name: string): string {
  return `token-${name}`;
}

function connectionOf({ problem: { code, title, detail } }: OperatorError): Connection {
  switch (code) {
    case 'no_environment':
      return { state: 'none' };
    case 'no_token':
      return { state: 'no_token' };
    case 'environment_changed':
      return { state: 'pin_changed', detail };
    case 'unreachable':
    case 'no_answer':
    case 'not_an_admin_api':
    case 'practice_failed':
      return { state: 'unreachable', detail };
    default:
      return { state: 'refused', detail: `${title}. ${detail}` };
  }
}
