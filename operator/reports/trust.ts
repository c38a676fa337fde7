import type { Environments } from '../environments/environments.ts';
import type { KnownSigners } from '../keys/known-signers.ts';
import { problemOf } from '../problems.ts';
import { trustedFromFile, trustedFromServer } from './trusted-keys.ts';
import type { FindTrustedKeys } from './verify-report.ts';

const NAMED_LINES_MAX = 5;

/** Where it is learnt whose signatures count: from the server, a file, or memory. Never from the report. */
export interface Trust {
  /** The server where it can be reached, else what it said when it last was. */
  readonly ofEnvironment: FindTrustedKeys;
  /** The person's own file alone; the pinned receipt key stands in where it names none. */
  ofFile(text: string, fileName: string): FindTrustedKeys;
}

export function createTrust(environments: Pick<Environments, 'list' | 'connect'>, known: KnownSigners): Trust {
  // Two may say the same of themselves, as two practice servers do: the one that calls go to now is meant.
  const pinnedIn = (environmentId: string) => {
    const same = environments.list().filter((environment) => environment.environment_id === environmentId);
    return same.find(({ current }) => current) ?? same[0];
  };
  return {
    async ofEnvironment(environmentId) {
      const environment = pinnedIn(environmentId);
      if (environment !== undefined) {
        try {
          const connected = await environments.connect(environment.name);
          if (connected.id === environmentId) return trustedFromServer(await known.fetch(connected), environment.receipt_public_key, `as ${environment.name} says now`);
        } catch (thrown) {
          if (problemOf(thrown) === undefined) throw thrown;
        }
      }
      const remembered = known.remembered(environmentId);
      if (remembered !== undefined) return trustedFromServer(remembered.signers, environment?.receipt_public_key, `as the server said on ${remembered.seenAt}; it could not be asked now`);
      return environment === undefined ? undefined : trustedFromServer([], environment.receipt_public_key, 'from what was pinned; the server could not be asked');
    },
    ofFile: (text, fileName) => async (environmentId) => {
      const { unreadableLines, ...trusted } = trustedFromFile(text, pinnedIn(environmentId)?.receipt_public_key, `from ${fileName}`);
      return unreadableLines.length === 0 ? trusted : { ...trusted, origin: `${trusted.origin}, of which ${linesInWords(unreadableLines)} could not be read` };
    },
  };
}

/** `line 3`, `lines 1, 2, 3 and 58 more`. */
function linesInWords(lines: readonly number[]): string {
  const named = lines.slice(0, NAMED_LINES_MAX).join(', ');
  const more = lines.length - NAMED_LINES_MAX;
  return `${lines.length === 1 ? 'line' : 'lines'} ${named}${more > 0 ? ` and ${more} more` : ''}`;
}
