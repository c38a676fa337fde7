import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { listSigners, signerSchema, type Signer } from '../../shared/contract/admin/signers.ts';
import type { ConnectedEnvironment } from '../environments/environments.ts';
import { writeDurably } from '../durable-file.ts';
import { problem } from '../problems.ts';
import { systemCode } from '../system-code.ts';

/** One server's signers, as it last said. Servers are told apart by their receipt key too: two may say one id, as practice servers do. */
const rememberedSchema = z.strictObject({
  environment_id: z.string(),
  receipt_public_key: z.string(),
  /** Who asked: their lines come first. Null where an earlier version did not keep it. */
  sub: z.string().nullable(),
  seen_at: z.string(),
  signers: z.array(signerSchema),
});
export type RememberedSigners = z.infer<typeof rememberedSchema>;
const knownSchema = z.strictObject({ version: z.literal(2), servers: z.array(rememberedSchema) });
type Known = z.infer<typeof knownSchema>;

/** The file of earlier versions, which kept one list for an id, whichever server had said it. */
const formerSchema = z.strictObject({
  version: z.literal(1),
  environments: z.array(z.strictObject({ environment_id: z.string(), seen_at: z.string(), signers: z.array(signerSchema) })),
});

/** A practice server that is begun anew is another one each time; more of its former lives than this nobody looks back to. */
const SERVERS_KEPT_PER_ID = 50;

type Asked = Pick<ConnectedEnvironment, 'id' | 'session' | 'read'>;

/** What servers said of who may sign, kept for the day when they cannot be asked. */
export interface KnownSigners {
  /** Asks the server and remembers. @throws OperatorError as the call does */
  fetch(environment: Asked): Promise<readonly Signer[]>;
  /** What each server of that id last said here, the newest first. */
  remembered(environmentId: string): readonly RememberedSigners[];
}

/** Keeps them in `known-signers.json` under `home`. `exclusively` as for environments. */
export function createKnownSigners(home: string, clock: () => Date, exclusively: <Result>(work: () => Result) => Result): KnownSigners {
  const path = join(home, 'known-signers.json');
  return {
    async fetch(environment) {
      const signers = await fetchSigners(environment);
      const { sub, receipt_public_key } = environment.session;
      const said: RememberedSigners = { environment_id: environment.id, receipt_public_key, sub, seen_at: clock().toISOString(), signers: [...signers] };
      exclusively(() => {
        const others = read(path).servers.filter((server) => !isSameServer(server, said));
        const ofId = [said, ...others.filter((server) => server.environment_id === said.environment_id)].slice(0, SERVERS_KEPT_PER_ID);
        write(home, path, { version: 2, servers: [...ofId, ...others.filter((server) => server.environment_id !== said.environment_id)] });
      });
      return signers;
    },
    remembered(environmentId) {
      const found = read(path).servers.filter((server) => server.environment_id === environmentId);
      return found.toSorted((one, other) => (one.seen_at < other.seen_at ? 1 : -1));
    },
  };
}

/** A server that took a new receipt key lists the former one: its earlier word is then replaced, not kept beside. */
function isSameServer(before: RememberedSigners, now: RememberedSigners): boolean {
  if (before.environment_id !== now.environment_id) return false;
  return before.receipt_public_key === now.receipt_public_key || now.signers.some((signer) => signer.kind === 'receipt' && signer.public_key === before.receipt_public_key);
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
    if (systemCode(thrown) === 'ENOENT') return { version: 2, servers: [] };
    throw unreadable(path);
  }
  try {
    const kept: unknown = JSON.parse(text);
    const former = formerSchema.safeParse(kept);
    return former.success ? fromFormer(former.data) : knownSchema.parse(kept);
  } catch {
    throw unreadable(path);
  }
}

/** The receipt key that such a list says is in use is the server's that gave it. Kept in the new form with the next word of any server. */
function fromFormer({ environments }: z.infer<typeof formerSchema>): Known {
  const servers = environments.map(({ environment_id, seen_at, signers }) => {
    const keys = signers.filter((signer) => signer.kind === 'receipt');
    const inUse = keys.findLast((signer) => signer.valid_until === null) ?? keys.at(-1);
    return { environment_id, receipt_public_key: inUse?.public_key ?? '', sub: null, seen_at, signers };
  });
  return { version: 2, servers };
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
