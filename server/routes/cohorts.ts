import { putCohort } from '../../shared/contract/admin/cohorts.ts';
import { findCohort, keepCohort, NamedTwice } from '../engine/cohort-store.ts';
import type { RouteRegistrar } from '../guards/registrar.ts';
import { Refusal } from '../guards/refusal.ts';
import type { AdminRouteDeps } from './admin-route-deps.ts';
import { receiveCohort, type ReceivedCohort } from './received-cohort.ts';
import { requireMigration } from './require-migration.ts';

/** `PUT .../cohorts/{sha256}`: a cohort in its canonical form, streamed. */
export function registerCohorts(routes: RouteRegistrar, _deps: AdminRouteDeps): void {
  routes.upload(
    putCohort,
    async (call, body) => receiveCohort(body, call.params.sha256),
    async (call, received) => {
      const migration = requireMigration(call);
      const { sha256 } = call.params;
      const by = { migrationId: migration.id, sub: call.caller.sub };
      const { recordCount } = received;
      const isNew = await keepCohort(call.tx, { sha256, recordCount, records: received.records() }, by).catch(async (error: unknown) => {
        throw error instanceof NamedTwice ? await namedTwice(received, error) : error;
      });
      const records = (await findCohort(call.tx, sha256))?.recordCount ?? recordCount;
      return { status: isNew ? 201 : 200, body: { cohort: sha256, records } };
    },
    async (received) => received.close(),
  );
}

/** Which line it was: the first that names one of these people again. */
async function namedTwice(received: ReceivedCohort, { emails }: NamedTwice): Promise<Refusal> {
  const met = new Set<string>();
  let line = 0;
  for await (const { email } of received.records()) {
    line += 1;
    if (met.has(email)) break;
    if (emails.has(email)) met.add(email);
  }
  return new Refusal('invalid_request', { errors: [{ path: `line ${line}`, message: 'names somebody who was named before' }] });
}
