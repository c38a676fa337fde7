import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { listSigners, signerSchema, type Signer } from '../../shared/contract/admin/signers.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import { writeDurably } from '../durable-file.ts';
import { problem } from '../problems.ts';

const knownSchema = z.strictObject({
  version: z.literal(1),
  environments: z.array(z.strictObject({ environment_id: z.string(), seen_at: z.string(), signers: z.array(signerSchema) })),
});
type Known = z.infer<typeof knownSchema>;

/** What servers said of who may sign, kept for the day when they cannot be asked. */
export interface KnownSigners {
  /** Asks the server and remembers. @throws OperatorError as the call does */
  fetch(environment: Pick<ConnectedEnvironment, 'id' | 'read'>): Promise<readonly Signer[]>;
  /** As they were last seen; undefined where that environment's were never seen here. */
  remembered(environmentId: string): { readonly signers: readonly Signer[]; readonly seenAt: string } | undefined;
}

/** Keeps them in `known-signers.json` under `home`. `exclusively` as for environments. */
export function createKnownSigners(home: string, clock: () => Date, exclusively: <Result>(work: () => Result) => Result): KnownSigners {
  const path = join(home, 'known-signers.json');
  return {
    async fetch(environment) {
      const signers = await fetchSigners(environment);
      exclusively(() => {
        const others = read(path).environments.filter((one) => one.environment_id !== environment.id);
        write(home, path, { version: 1, environments: [...others, { environment_id: environment.id, seen_at: clock().toISOString(), signers: [...signers] }] });
      });
      return signers;
    },
    remembered(environmentId) {
      const found = read(path).environments.find((one) => one.environment_id === environmentId);
      return found === undefined ? undefined : { signers: found.signers, seenAt: found.seen_at };
    },
  };
}

async function fetchSigners(environment: Pick<ConnectedEnvironment, 'read'>): Promise<readonly Signer[]> {
  const signers: Signer[] = [];
  for (let after: string | undefined; ; ) {
    const page = await environment.read(listSigners, { params: {}, query: { limit: '1000', ...(after === undefined ? {} : { after }) } });
    signers.push(...page.items);
    if (page.next_cursor === null || page.items.length === 0) return signers;
    after = page.next_cursor;
  }
}

function read(path: string): Known {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return { version: 1, environments: [] };
    throw unreadable(path);
  }
  try {
    return knownSchema.parse(JSON.parse(text));
  } catch {
    throw unreadable(path);
  }
}

function write(home: string, path: string, known: Known): void {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    writeDurably(path, `${JSON.stringify(known, undefined, 2)}\n`);
  } catch {
    throw problem('signers_not_kept', 'What the server said of signers could not be stored', `${home} must be writable, on a disk with room.`);
  }
}

function unreadable(path: string): Error {
  return problem('signers_unreadable', 'The remembered signers cannot be read', `${path} was changed or damaged. Move it away; it is made again from the server.`);
}
