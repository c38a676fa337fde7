import { canonicalJson } from './canonical-json.ts';
import { decisionsInOrder, type Decision } from './decisions.ts';
import type { Facts } from './facts.ts';
import type { Sha256Stream } from './hashing.ts';
import type { PlanRow } from './plan-row.ts';

/** Names the form of the hashed text; another form is another version. */
export const PLAN_HASH_FORM = 'drydock-plan-v2';

/** Everything beside its rows that a plan is made of. No time and no person is among it: the same plan has the same hash. */
export type PlanHeader = {
  readonly environmentId: string;
  readonly migration: string;
  readonly playbook: string;
  readonly playbookVersion: string;
  readonly cohort: string;
  readonly sourceFile: string | null;
  readonly sourceSha256: string | null;
  readonly settings: Facts;
  /** The temporary credential the plan is made with; its id, nothing of its secret. */
  readonly credentialId: string | null;
  /** Null for the whole cohort. Order and doubles do not matter. */
  readonly only: readonly string[] | null;
  readonly decisions: readonly Decision[];
};

/** Takes the rows of a plan in order; `digestHex` is the hash that is approved. */
export type PlanHash = { readonly add: (row: PlanRow) => void; readonly digestHex: () => string };

/** Rows that are hashed together, by their place: a database can then hash a million of them without holding them. */
export const PLAN_HASH_BLOCK_ROWS = 1000;

/**
 * Hashes a plan as its rows stream by (N1): SHA-256 of one line with the header and one line a block, each ended by LF. The
 * line of a block is the SHA-256 of its rows: canonical JSON, a line each, ended by LF. A block is a thousand places of the
 * file; one without rows has no line. Rows enter whole and unmasked, with precondition, warnings and reasons: what the
 * approver saw is what was hashed.
 */
export function startPlanHash(startSha256: () => Sha256Stream, header: PlanHeader): PlanHash {
  const whole = startSha256();
  whole.update(`${planHeaderLine(header)}\n`);
  let block: { readonly no: number; readonly stream: Sha256Stream } | undefined;
  function endBlock(): void {
    if (block !== undefined) whole.update(`${block.stream.digestHex()}\n`);
  }
  return {
    add(row) {
      const no = Math.floor((row.row - 1) / PLAN_HASH_BLOCK_ROWS);
      if (block?.no !== no) {
        endBlock();
        block = { no, stream: startSha256() };
      }
      block.stream.update(`${canonicalJson(row)}\n`);
    },
    digestHex() {
      endBlock();
      return whole.digestHex();
    },
  };
}

/** The first line of what is hashed. */
export function planHeaderLine(header: PlanHeader): string {
  return canonicalJson({
    form: PLAN_HASH_FORM,
    environment_id: header.environmentId,
    migration: header.migration,
    playbook: header.playbook,
    playbook_version: header.playbookVersion,
    cohort: header.cohort,
    source_file: header.sourceFile,
    source_sha256: header.sourceSha256,
    settings: header.settings,
    credential_id: header.credentialId,
    only: header.only === null ? null : [...new Set(header.only)].sort(),
    decisions: decisionsInOrder(header.decisions).map(({ email, as }) => ({ email, as })),
  });
}
