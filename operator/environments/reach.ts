import { hash } from 'node:crypto';
import { type AdminSession, getSession } from '../../shared/contract/admin/session.ts';
import { type AdminApi, createAdminApi } from '../admin-api/admin-api.ts';
import { AdminCallError, operatorErrorOf } from '../admin-api/call-failure.ts';
import type { Journal } from '../journal/journal.ts';
import type { OperatorLog } from '../log.ts';
import { problem } from '../problems.ts';
import { type EnvironmentBook, type EnvironmentBookParts, PRACTICE_NAME, sendableToken } from './environment-book.ts';
import type { Pins, StoredEnvironment } from './environment-file.ts';
import { changedPin, pinTitles, pinsOf } from './pins.ts';
import type { PracticeReady } from './practice.ts';
import { type WritingCalls, createWritingCalls } from './writing-call.ts';

/** How long what the server said of itself is believed before it is asked again. */
const SESSION_FRESH_MS = 5_000;

export interface ReachParts extends EnvironmentBookParts {
  readonly journal: Journal;
  readonly clock: () => Date;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly log: OperatorLog;
  readonly retryDelaysMs?: readonly number[];
  readonly processId: number;
  readonly isProcessAlive: (processId: number) => boolean;
}

/** An environment that answers: its connection, what it last said of itself, and the journalled way to write there. */
export interface Reached {
  readonly url: string;
  readonly token: string;
  readonly api: AdminApi;
  readonly writing: WritingCalls;
  session: AdminSession;
  seenAtMs: number;
}

/** The way to environments: connections, pins, and open intents settled before anything else is asked there. */
export interface Reach {
  /** @throws OperatorError `no_environment`, `no_token`, `environment_changed`, `unreachable`, or the server's refusal */
  reach(name: string): Promise<{ readonly stored: StoredEnvironment; readonly now: Reached }>;
  /** Asks an address who it is, outside any connection. */
  fetchSession(url: string, token: string): Promise<AdminSession>;
  /** Compares with the pins, or pins what was not pinned. @throws OperatorError `environment_changed` */
  checkPins(stored: StoredEnvironment, session: AdminSession): StoredEnvironment;
  keepPins(stored: StoredEnvironment, pins: Pins, kind: 'environment.added' | 'environment.pin_confirmed'): StoredEnvironment;
  readyPractice(reset: boolean): Promise<{ readonly stored: StoredEnvironment; readonly ready: PracticeReady }>;
  all(): Iterable<Reached>;
  drop(name: string): void;
}

export function createReach(parts: ReachParts, book: EnvironmentBook): Reach {
  const { store, journal, practice, clock } = parts;
  const reached = new Map<string, Reached>();
  const reaching = new Map<string, ReturnType<Reach['reach']>>();
  const underWay = new Set<string>();
  const anchored = new Map<string, number>();

  function newApi(url: string): AdminApi {
    return createAdminApi({ baseUrl: url, ...(parts.retryDelaysMs === undefined ? {} : { retryDelaysMs: parts.retryDelaysMs }) });
  }

  function drop(name: string): void {
    reached.get(name)?.api.close();
    reached.delete(name);
  }

  function keepPins(stored: StoredEnvironment, pins: Pins, kind: 'environment.added' | 'environment.pin_confirmed'): StoredEnvironment {
    journal.append({ kind, payload: { environment: pins.environment_id, name: stored.name, url: stored.url, ...pins, ...(stored.pins === null ? {} : { before: { ...stored.pins } }) } });
    book.notePinChange(stored.name, null);
    store.change((file) => ({ ...file, environments: file.environments.map((one) => (one.name === stored.name ? { ...one, url: stored.url, pins } : one)) }));
    return book.find(stored.name);
  }

  function checkPins(stored: StoredEnvironment, session: AdminSession): StoredEnvironment {
    const pins = pinsOf(session);
    if (stored.pins === null) return keepPins(stored, pins, 'environment.added');
    const changed = changedPin(stored.pins, pins);
    book.notePinChange(stored.name, changed);
    if (changed === null) return stored;
    drop(stored.name);
    throw problem('environment_changed', `${stored.name} is not the environment it was`, `Its ${pinTitles[changed.field]} was ${changed.pinned} and is now ${changed.now}. Nothing is sent there until somebody who knows why confirms it, in Settings or with "drydock env confirm ${stored.name}".`);
  }

  /** The practice server is ours and runs, so what it says of itself is taken; a reset makes it another one. */
  async function readyPractice(reset: boolean): Promise<{ readonly stored: StoredEnvironment; readonly ready: PracticeReady }> {
    const before = book.practiceReady();
    const ready = await practice.start({ reset });
    const name = book.builtInName();
    const known = book.isKnown(name) ? book.find(name) : undefined;
    if (known !== undefined && before === ready && known.url === ready.url && known.pins !== null) return { stored: known, ready };
    drop(name);
    const pins = pinsOf(await fetchSession(ready.url, ready.token));
    const stored: StoredEnvironment = { name, url: ready.url, built_in: true, pins: known?.pins ?? null };
    store.change((file) => ({ ...file, current: file.current ?? name, environments: [...file.environments.filter((one) => one.name !== name), stored] }));
    const isSame = stored.pins !== null && changedPin(stored.pins, pins) === null;
    return { stored: isSame ? stored : keepPins(stored, pins, 'environment.added'), ready };
  }

  async function fetchSession(url: string, token: string): Promise<AdminSession> {
    const sendable = sendableToken(token);
    const api = newApi(url);
    return askSession(api, sendable).finally(() => api.close());
  }

  /** One at a time an environment: two callers share one connection and one settling of what was open. */
  function reach(name: string): Promise<{ readonly stored: StoredEnvironment; readonly now: Reached }> {
    const under = reaching.get(name);
    if (under !== undefined) return under;
    const work = reachAnew(name).finally(() => reaching.delete(name));
    reaching.set(name, work);
    return work;
  }

  async function reachAnew(name: string): Promise<{ readonly stored: StoredEnvironment; readonly now: Reached }> {
    const isBuiltIn = book.isKnown(name) ? book.find(name).built_in : name === PRACTICE_NAME;
    const stored = isBuiltIn ? (await readyPractice(false)).stored : book.find(name);
    const token = book.tokenOf(stored, 'operator');
    const before = reached.get(name);
    const isSame = before !== undefined && before.url === stored.url && before.token === token;
    if (!isSame) drop(name);
    const nowMs = clock().getTime();
    if (isSame && Math.abs(nowMs - before.seenAtMs) < SESSION_FRESH_MS) return { stored, now: before };

    const api = isSame ? before.api : newApi(stored.url);
    const session = await askSession(api, token);
    const checked = checkPins(stored, session);
    if (isSame) {
      Object.assign(before, { session, seenAtMs: nowMs });
      return { stored: checked, now: before };
    }
    const writing = createWritingCalls({ ...parts, environmentId: session.environment.id, server: serverOf(checked, session), sub: session.sub, api, tokenOf: (actor) => book.tokenOf(checked, actor), underWay, anchored });
    const now: Reached = { url: stored.url, token, api, writing, session, seenAtMs: nowMs };
    reached.set(name, now);
    await writing.settle();
    return { stored: checked, now };
  }

  return { reach, fetchSession, checkPins, keepPins, readyPractice, drop, all: () => reached.values() };
}

/** Practice servers all have one id, and a home may know several: those that it did not start itself are told apart by their receipt key. */
function serverOf({ built_in }: StoredEnvironment, { environment, receipt_public_key }: AdminSession): string | undefined {
  return environment.kind === 'practice' && !built_in ? hash('sha256', receipt_public_key).slice(0, 16) : undefined;
}

async function askSession(api: AdminApi, token: string): Promise<AdminSession> {
  try {
    return await api.call(getSession, { params: {}, query: {}, body: undefined, token });
  } catch (thrown) {
    throw thrown instanceof AdminCallError ? operatorErrorOf(thrown.failure, false) : thrown;
  }
}
