import { nameKey } from '../../shared/core/person-name.ts';
import type { CohortRecord } from '../../shared/core/cohort.ts';
import type { PlanRow } from '../../shared/core/plan-row.ts';
import type { RecordFacts, RowInput, UserFacts } from '../../shared/playbooks/account-prep/gathered.ts';
import type { PlanSettings } from '../../shared/playbooks/account-prep/settings.ts';

/** A customer of a made-up world, and whether the migration under test created the profile. */
export type WorldUser = UserFacts & { readonly isCreatedHere: boolean };
export type World = readonly WorldUser[];

/** A customer with nothing remarkable about them. */
export function customer(userId: string, over: Partial<WorldUser> = {}): WorldUser {
  return {
    userId,
    fullName: 'Ann Lee',
    emails: [`${userId}@elsewhere.com`],
    mustReset: false,
    stripeCustomerId: null,
    cohortTag: null,
    sourceFile: null,
    role: 'customer',
    armedBy: null,
    hasCompleted: false,
    isCreatedHere: false,
    ...over,
  };
}

/** What a server would gather for one record, done the plain way. */
export function gather(world: World, record: CohortRecord): RecordFacts {
  const namesakes = world.filter((user) => !user.isCreatedHere && nameKey(user.fullName) === nameKey(record.full_name));
  const [only] = namesakes;
  return {
    byEmail: world.find((user) => user.emails.includes(record.email)) ?? null,
    byName: only === undefined ? { kind: 'none' } : namesakes.length === 1 ? { kind: 'one', user: only } : { kind: 'several', count: namesakes.length },
    stripeHolderId: world.find((user) => user.stripeCustomerId === record.stripe_customer_id)?.userId ?? null,
  };
}

export function rowInputs(world: World, records: readonly CohortRecord[], decisions: ReadonlyMap<string, 'create' | 'skip'> = new Map()): RowInput[] {
  return records.map((record, index) => ({
    row: index + 1,
    record,
    decision: decisions.get(record.email) ?? null,
    facts: gather(world, record),
  }));
}

/** Writes a planned row into the world, from nothing but the row and its record, as a run does. */
export function applyRow(world: World, row: PlanRow, record: CohortRecord, settings: PlanSettings): World {
  if (row.action === 'CREATE_NEW') {
    const created = customer(`new-${row.row}`, { fullName: record.full_name, emails: [], armedBy: settings.migration, isCreatedHere: true });
    return [...world, withChanges(created, row)];
  }
  if (row.action !== 'UPDATE_EXISTING') return world;
  return world.map((user) => (user.userId === row.user_id ? { ...withChanges(user, row), armedBy: settings.migration } : user));
}

function withChanges(user: WorldUser, row: PlanRow): WorldUser {
  let next = user;
  for (const { field, after } of row.changes) {
    if (field === 'auth.must_reset_password' && typeof after === 'boolean') next = { ...next, mustReset: after };
    else if (field === 'stripe_customer_id' && typeof after === 'string') next = { ...next, stripeCustomerId: after };
    else if (field === 'migration.cohort' && typeof after === 'string') next = { ...next, cohortTag: after };
    else if (field === 'migration.source_file' && typeof after === 'string') next = { ...next, sourceFile: after };
    else if (field === 'emails' && Array.isArray(after)) next = { ...next, emails: after };
    else throw new TypeError(`A run cannot write ${JSON.stringify({ field, after })}.`);
  }
  return next;
}
