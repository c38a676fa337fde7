import { needsIdempotencyKey, type Endpoint } from '../../../shared/contract/admin/endpoint.ts';
import { type EndpointName, endpoints } from '../../../shared/contract/admin/endpoints.ts';
import { canonicalForm } from '../made-up-people.ts';
import { codeOf, said, sha256Hex, type As, type Sent, type Trial } from '../trial.ts';
import { expectThat } from '../verdicts.ts';

/** A call with what goes along with it. */
export type HarmlessCall = { readonly call: Endpoint; readonly sent: Sent };

/**
 * Every call of the admin API, each of the documented form and about nothing that is there: hashes and runs that nobody
 * made, and the one made-up person whom no run writes. A server that lets one through where it must not has touched nobody.
 */
export function harmlessCalls(trial: Trial): readonly HarmlessCall[] {
  const { people, migration } = trial;
  const { mark, outsider } = people;
  const nobodys = sha256Hex(`nobody made this ${mark}`);
  const cohort = canonicalForm([outsider]);
  const params = { id: migration.id, sha256: sha256Hex(cohort), run_id: nobodys, plan_hash: nobodys, rollback_hash: nobodys, fingerprint: nobodys };
  const bodies: Partial<Record<EndpointName, unknown>> = {
    dryRun: { source_file: `conformance-outsider-${mark}.csv`, source_sha256: nobodys, records: [outsider] },
    startTestRun: { plan_hash: nobodys, emails: [outsider.email] },
    decideApproval: { plan_hash: nobodys, decision: 'approve', comment: 'conformance' },
    execute: { plan_hash: nobodys },
    verifyRun: { run_id: nobodys },
    rollBack: { emails: [outsider.email], preview: true },
    replayDeadLetters: { event_ids: [nobodys] },
    registerSigner: { public_key: 'no key', sub: `conformance-${mark}`, proof: 'no proof' },
    postJournalHead: { journal_id: `conformance-scopes-${mark}`, seq: 1, hash: nobodys },
  };
  return Object.values(endpoints).filter(({ path }) => path.startsWith('/admin/')).map((call) => {
    if (call.name === 'putCohort') return { call, sent: { params, raw: { type: 'application/x-ndjson', text: cohort } } };
    if (!needsIdempotencyKey(call)) return { call, sent: { params } };
    // The list is by the names that the endpoints carry themselves.
    return { call, sent: { params, body: bodies[call.name as EndpointName] ?? {} } };
  });
}

/** All of the calls must be refused so. @throws Broken naming each that was not, NotChecked without that token */
export async function expectAllRefused(trial: Trial, calls: readonly HarmlessCall[], as: As, status: number, code: string): Promise<void> {
  const open: string[] = [];
  for (const { call, sent } of calls) {
    const answer = await trial.send(call, { ...sent, as });
    if (answer.status !== status || codeOf(answer) !== code) open.push(said(answer));
  }
  expectThat(open.length === 0, `${open.join('; ')}: not ${status} ${code}.`);
}
