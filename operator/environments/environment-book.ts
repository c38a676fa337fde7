import type { Environment } from '../../shared/contract/operator/environments.ts';
import { problem } from '../problems.ts';
import type { EnvironmentStore, StoredEnvironment } from './environment-file.ts';
import type { PracticeReady, PracticeServer } from './practice.ts';
import type { SecretStore } from './secret-store.ts';

/** Which token a call goes out with: the operator's own, or that of the second person one may play in practice. */
export type Actor = 'operator' | 'practice_approver';

export const PRACTICE_NAME = 'practice';

export interface EnvironmentBookParts {
  readonly store: EnvironmentStore;
  readonly secrets: SecretStore;
  readonly practice: PracticeServer;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--env`: calls of this launch go there whatever is current. */
  readonly environmentName: string | undefined;
}

/** The environments of a home as they are known, and the tokens for them. Reaches nothing. */
export interface EnvironmentBook {
  /** @throws OperatorError `no_environment` */
  find(name: string): StoredEnvironment;
  isKnown(name: string): boolean;
  /** @throws OperatorError `no_environment` when none is chosen */
  currentName(): string;
  list(): readonly Environment[];
  shown(stored: StoredEnvironment): Environment;
  /** The token that would be used: the practice server's own, `DRYDOCK_TOKEN`, or the stored one. */
  token(stored: StoredEnvironment): string | undefined;
  /** Whether `DRYDOCK_TOKEN` stands before every stored token. */
  hasTokenFromSurroundings(): boolean;
  /** @throws OperatorError `no_token`, `not_practice` */
  tokenOf(stored: StoredEnvironment, actor: Actor): string;
  practiceReady(): PracticeReady | undefined;
  /** Name of the built-in environment: `practice`, unless the person gave that name to another one. */
  builtInName(): string;
  notePinChange(name: string, change: Environment['pin_changed']): void;
}

export function createEnvironmentBook({ store, secrets, practice, env, environmentName }: EnvironmentBookParts): EnvironmentBook {
  const changedPins = new Map<string, Environment['pin_changed']>();

  function practiceReady(): PracticeReady | undefined {
    const status = practice.status();
    return status.state === 'ready' ? status.ready : undefined;
  }
  function token(stored: StoredEnvironment): string | undefined {
    if (stored.built_in) return practiceReady()?.token;
    const given = env['DRYDOCK_TOKEN'];
    return given === undefined || given === '' ? secrets.get(tokenSecret(stored.name)) : given.trim();
  }
  function shown(stored: StoredEnvironment): Environment {
    return {
      name: stored.name,
      url: stored.url,
      // Until an environment was reached it is treated as what asks for most care.
      kind: stored.pins?.kind ?? 'production',
      environment_id: stored.pins?.environment_id ?? '',
      receipt_public_key: stored.pins?.receipt_public_key ?? '',
      current: (environmentName ?? store.read().current) === stored.name,
      has_token: token(stored) !== undefined,
      pin_changed: changedPins.get(stored.name) ?? null,
    };
  }
  function named(name: string): StoredEnvironment | undefined {
    return store.read().environments.find((stored) => stored.name === name);
  }

  return {
    practiceReady,
    token,
    shown,
    hasTokenFromSurroundings: () => (env['DRYDOCK_TOKEN'] ?? '') !== '',
    list: () => store.read().environments.map(shown),
    isKnown: (name) => named(name) !== undefined,
    find(name) {
      const stored = named(name);
      if (stored === undefined) throw problem('no_environment', `There is no environment named ${name}`, 'List the environments, or add this one with its address.');
      return stored;
    },
    currentName() {
      const name = environmentName ?? store.read().current;
      if (name === null) throw problem('no_environment', 'No environment is chosen', 'Start the practice environment, or add one by its address and token.');
      return name;
    },
    tokenOf(stored, actor) {
      if (actor === 'practice_approver') {
        const ready = practiceReady();
        if (!stored.built_in || ready === undefined) throw notPractice();
        return ready.approver_token;
      }
      const found = token(stored);
      if (found === undefined) throw problem('no_token', `There is no token for ${stored.name}`, `Give one in Settings, with "drydock env token ${stored.name}", or in the variable DRYDOCK_TOKEN.`);
      return sendableToken(found);
    },
    builtInName() {
      const taken = named(PRACTICE_NAME);
      return taken === undefined || taken.built_in ? PRACTICE_NAME : 'built-in-practice';
    },
    notePinChange: (name, change) => void changedPins.set(name, change),
  };
}

/** A token as it can stand in a header. @throws OperatorError `token_malformed`, which does not repeat it */
export function sendableToken(token: string): string {
  if (!/^[\x21-\x7e]+$/.test(token)) throw problem('token_malformed', 'The token is not one that can be sent', 'It holds spaces, line breaks or other signs that no token has. Copy it again, whole and alone. Nothing was sent.');
  return token;
}

/** Name of a token in the secret store. */
export function tokenSecret(name: string): string {
  return `token-${name}`;
}

/** For calls that one may make as the second person only where that person is made up. */
export function notPractice(): Error {
  return problem('not_practice', 'Nobody can be played here', 'Only in the built-in practice environment may one person be two. Ask the approver.');
}
