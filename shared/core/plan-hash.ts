import { canonicalJson } from './canonical-json.ts';
import { decisionsInOrder, type Decision } from './decisions.ts';
import type { Facts } from './facts.ts';
import type { Sha256Stream } from './hashing.ts';
import type { PlanRow } from './plan-row.ts';

/** Names the form of the hashed text; another form is another version. */
export const PLAN_HASH_FORM = 'drydock-plan-v1';

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

/**
 * Hashes a plan as its rows stream by (N1): SHA-256 of one line with the header and one line a row, each canonical
 * JSON ended by LF. Rows enter whole and unmasked, with precondition, warnings and reasons: what the approver saw
 * is what was hashed.
 */
export function startPlanHash(stream: Sha256Stream, header: PlanHeader): PlanHash {
  stream.update(`${headerLine(header)}\n`);
  return {
    add: (row) => stream.update(`${canonicalJson(row)}\n`),
    digestHex: () => stream.digestHex(),
  };
}

function headerLine(header: PlanHeader): string {
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
