import type { Connection, Environment, TokenDescription } from '../../shared/contract/operator/environments.ts';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import { adminBaseUrl } from '../admin-api/base-url.ts';
import { AdminCallError, operatorErrorOf } from '../admin-api/call-failure.ts';
import { problem } from '../problems.ts';
import { describedToken, isOfAnother } from './described-token.ts';
import { createEnvironmentBook, tokenSecret } from './environment-book.ts';
import type { StoredEnvironment } from './environment-file.ts';
import type { ConnectedEnvironment, Environments } from './environments.ts';
import { pinsOf } from './pins.ts';
import { type ReachParts, createReach } from './reach.ts';
import { claimsOf } from './token-claims.ts';

/** Environments as a person manages them, beside the way to each. */
export interface ManagedEnvironments extends Environments {
  add(name: string, url: string, token: string | undefined): Promise<Environment>;
  use(name: string): Environment;
  /** @throws OperatorError `token_of_another_environment`, before it is sent anywhere */
  setToken(name: string, token: string): Promise<Environment>;
  /** Forgets the kept token. The server is told nothing: there it stays good until it ends. */
  removeToken(name: string): Environment;
  describeToken(name: string): TokenDescription;
  remove(name: string): void;
  confirmPin(name: string): Promise<Environment>;
  startPractice(reset: boolean): Promise<{ readonly environment: Environment; readonly migration: string }>;
  /** Reaches the environments that intents without an outcome went to, so that those are settled. Silent where one is away. */
  settleAll(): Promise<void>;
  /** Anchors the head wherever this launch has been connected. */
  anchorAll(): Promise<void>;
  close(): void;
}

/** Opens the environments of a home. Nothing is reached before it is asked for. */
export function openEnvironments(parts: ReachParts): ManagedEnvironments {
  const { store, secrets, journal } = parts;
  const book = createEnvironmentBook(parts);
  const way = createReach(parts, book);
  const reachedNames = new Set<string>();

  async function connect(name: string = book.currentName()): Promise<ConnectedEnvironment> {
    const { stored, now } = await way.reach(name);
    reachedNames.add(name);
    return {
      name: stored.name,
      id: now.session.environment.id,
      url: stored.url,
      session: now.session,
      isBuiltIn: stored.built_in,
      async read(call, input) {
        try {
          return await now.api.call(call, { ...input, body: undefined as never, token: book.tokenOf(stored, 'operator') });
        } catch (thrown) {
          throw thrown instanceof AdminCallError ? operatorErrorOf(thrown.failure, false) : thrown;
        }
      },
      async write(call, input) {
        // Reached anew, so that pins are checked right before anything is written.
        const { writing } = (await way.reach(name)).now;
        if (journal.openIntents().length > 0) await writing.settle();
        return writing.write(call, input);
      },
      async askAgain(call, intentSeq) {
        return call.reply.parse(await now.writing.askAgain(intentSeq)) as never;
      },
      anchor: (runId) => now.writing.anchor(runId),
    };
  }

  return {
    currentName: book.currentName,
    list: book.list,
    connect,
    async getConnection(name) {
      try {
        return { state: 'connected', session: (await connect(name)).session };
      } catch (thrown) {
        if (thrown instanceof OperatorError) return connectionOf(thrown);
        throw thrown;
      }
    },
    async accessForTrial(name = book.currentName()) {
      const { stored, now } = await way.reach(name);
      return { url: stored.url, environmentId: now.session.environment.id, token: book.tokenOf(stored, 'operator'), practice: stored.built_in ? book.practiceReady() : undefined };
    },
    async add(name, url, token) {
      const baseUrl = adminBaseUrl(url);
      const known = book.isKnown(name) ? book.find(name) : undefined;
      if (known !== undefined && !known.built_in && known.url !== baseUrl) throw problem('environment_exists', `There is an environment named ${name} already`, `It is ${known.url}. Remove it first, or choose another name.`);
      const stored: StoredEnvironment = { name, url: baseUrl, built_in: false, pins: known === undefined || known.built_in ? null : known.pins };
      const usable = token ?? book.token(stored);
      const session = usable === undefined ? undefined : await way.fetchSession(baseUrl, usable);
      if (token !== undefined) secrets.set(tokenSecret(name), token);
      way.drop(name);
      store.change((file) => ({ ...file, current: file.current ?? name, environments: [...file.environments.filter((one) => one.name !== name), stored] }));
      return book.shown(session === undefined ? stored : way.checkPins(stored, session));
    },
    use(name) {
      const stored = book.find(name);
      store.change((file) => ({ ...file, current: name }));
      return book.shown(stored);
    },
    async setToken(name, token) {
      const stored = book.find(name);
      if (stored.built_in) throw problem('practice_token', 'The practice environment brings its own token', 'There is nothing to set.');
      refuseOfAnother(stored, token);
      const session = await way.fetchSession(stored.url, token);
      secrets.set(tokenSecret(name), token);
      way.drop(name);
      return book.shown(way.checkPins(stored, session));
    },
    removeToken(name) {
      const stored = book.find(name);
      if (stored.built_in) throw problem('practice_token', 'The practice environment brings its own token', 'There is nothing to remove.');
      secrets.remove(tokenSecret(name));
      way.drop(name);
      return book.shown(stored);
    },
    describeToken(name) {
      const stored = book.find(name);
      const from = stored.built_in ? 'practice' : book.hasTokenFromSurroundings() ? 'variable' : 'kept';
      return describedToken(stored, book.token(stored), from, parts.clock().getTime());
    },
    remove(name) {
      const stored = book.find(name);
      store.change((file) => ({ ...file, current: file.current === name ? null : file.current, environments: file.environments.filter((one) => one.name !== name) }));
      secrets.remove(tokenSecret(name));
      way.drop(name);
      book.notePinChange(name, null);
      journal.append({ kind: 'environment.removed', payload: { environment: stored.pins?.environment_id ?? null, name } });
    },
    async confirmPin(name) {
      const stored = book.find(name);
      const session = await way.fetchSession(stored.url, book.tokenOf(stored, 'operator'));
      way.drop(name);
      return book.shown(way.keepPins(stored, pinsOf(session), 'environment.pin_confirmed'));
    },
    async startPractice(reset) {
      const { stored, ready } = await way.readyPractice(reset);
      store.change((file) => ({ ...file, current: stored.name }));
      return { environment: book.shown(stored), migration: ready.migration };
    },
    async settleAll() {
      const wanted = new Set(journal.openIntents().map((intent) => environmentOf(intent.payload)));
      const names = store.read().environments.filter(({ pins, built_in }) => !built_in && pins !== null && wanted.has(pins.environment_id));
      await Promise.all(names.map(({ name }) => connect(name).catch(() => undefined)));
    },
    async anchorAll() {
      await Promise.all([...way.all()].map((one) => one.writing.anchor().catch(() => undefined)));
    },
    close() {
      for (const name of reachedNames) way.drop(name);
    },
  };
}

/** A token is a secret of one environment: what names another one is not sent. */
function refuseOfAnother(stored: StoredEnvironment, token: string): void {
  const issuer = claimsOf(token)?.issuer ?? null;
  if (isOfAnother(stored, issuer)) throw problem('token_of_another_environment', 'This token is of another environment', `It was issued for ${issuer ?? ''}, and ${stored.name} is ${stored.pins?.environment_id ?? ''}. It was neither sent nor kept.`);
}

function environmentOf(payload: string): string {
  const value: unknown = JSON.parse(payload);
  return typeof value === 'object' && value !== null && 'environment' in value ? String(value.environment) : '';
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
    case 'certificate_expired':
    case 'certificate_not_yet_valid':
    case 'certificate_self_signed':
    case 'certificate_unknown_issuer':
    case 'certificate_wrong_host':
    case 'certificate_revoked':
    case 'certificate_refused':
    case 'no_answer':
    case 'not_an_admin_api':
    case 'practice_failed':
      return { state: 'unreachable', detail };
    default:
      return { state: 'refused', detail: `${title}. ${detail}` };
  }
}
