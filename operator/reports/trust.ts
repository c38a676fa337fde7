import type { Environment } from '../../shared/contract/operator/environments.ts';
import { publicKeyLine } from '../../shared/core/ssh-public-key.ts';
import type { Environments } from '../environments/environments.ts';
import type { KnownSigners } from '../keys/known-signers.ts';
import { problemOf } from '../problems.ts';
import { knowsReceiptKey, type TrustedKeys, trustedFromFile, trustedFromServer } from './trusted-keys.ts';
import type { FindTrustedKeys } from './verify-report.ts';

const NAMED_LINES_MAX = 5;

/** Where it is learnt whose signatures count: from the server, or memory. Never from the report. */
export interface Trust {
  /** The server where it can be reached, else what it said when it last was. Of several with one id, the one that has, or had, the receipt's key. */
  readonly ofEnvironment: FindTrustedKeys;
}

export function createTrust(environments: Pick<Environments, 'list' | 'connect'>, known: KnownSigners): Trust {
  /** What a server says now; undefined where it is away, refuses, or is no longer that environment. */
  async function askNow({ name, environment_id, receipt_public_key }: Environment): Promise<TrustedKeys | undefined> {
    try {
      const connected = await environments.connect(name);
      return connected.id === environment_id ? trustedFromServer(await known.fetch(connected), receipt_public_key, 'server', `as ${name} says now`) : undefined;
    } catch (thrown) {
      if (problemOf(thrown) === undefined) throw thrown;
      return undefined;
    }
  }
  return {
    async ofEnvironment(environmentId, receiptKey) {
      const memories = known.remembered(environmentId).map((memory) => ({ pin: memory.receipt_public_key, keys: trustedFromServer(memory.signers, memory.receipt_public_key, 'remembered', `as the server said on ${memory.seen_at}; it could not be asked now`) }));
      const isMeant = (keys: TrustedKeys | undefined): keys is TrustedKeys => keys !== undefined && (receiptKey === null || knowsReceiptKey(keys, receiptKey));
      // The likeliest is asked first, and the others only while none has that receipt key.
      const pinned = environments
        .list()
        .filter((environment) => environment.environment_id === environmentId)
        .map((environment) => ({ environment, pin: trustedFromServer([], environment.receipt_public_key, 'pinned', 'from what was pinned; the server could not be asked'), memory: memories.find(({ pin }) => pin === environment.receipt_public_key)?.keys }))
        .toSorted((one, other) => rank(one) - rank(other));
      function rank({ environment, pin, memory }: (typeof pinned)[number]): number {
        return (isMeant(pin) ? 0 : isMeant(memory) ? 2 : 4) + (environment.current ? 0 : 1);
      }
      const notMeant: TrustedKeys[] = [];
      for (const { environment, pin, memory } of pinned) {
        const keys = (await askNow(environment)) ?? memory ?? pin;
        if (isMeant(keys)) return keys;
        notMeant.push(keys);
      }
      const gone = memories.map(({ keys }) => keys);
      return gone.find(isMeant) ?? notMeant[0] ?? gone[0];
    },
  };
}

type Pinned = Pick<Environment, 'environment_id' | 'receipt_public_key' | 'current'>;

/** The keys of a person's own file alone; where it names none for receipts, the pinned key of that environment stands in, if one is pinned here. */
export function trustOfFile(text: string, fileName: string, pinned: () => readonly Pinned[]): FindTrustedKeys {
  return async (environmentId, receiptKey) => {
    const same = pinned().filter((environment) => environment.environment_id === environmentId);
    const pin = same.find(({ receipt_public_key }) => receiptKey !== null && publicKeyLine(receiptKey) === receipt_public_key) ?? same.find(({ current }) => current) ?? same[0];
    const { unreadableLines, ...trusted } = trustedFromFile(text, pin?.receipt_public_key, `from ${fileName}`);
    return unreadableLines.length === 0 ? trusted : { ...trusted, origin: `${trusted.origin}, of which ${linesInWords(unreadableLines)} could not be read` };
  };
}

/** `line 3`, `lines 1, 2, 3 and 58 more`. */
function linesInWords(lines: readonly number[]): string {
  const named = lines.slice(0, NAMED_LINES_MAX).join(', ');
  const more = lines.length - NAMED_LINES_MAX;
  return `${lines.length === 1 ? 'line' : 'lines'} ${named}${more > 0 ? ` and ${more} more` : ''}`;
}
