import type { Facts } from '../../core/facts.ts';
import type { FieldChange, PlanAction, PlanRow } from '../../core/plan-row.ts';
import { nameKey } from '../../core/person-name.ts';
import { startClaims, type RowConflict } from './conflicts.ts';
import { changesBetween, fieldsOf, plannedFields } from './fields.ts';
import type { RowInput, UserFacts } from './gathered.ts';
import { matchRow, type RowMatch } from './match.ts';
import { blockedPrecondition, completePrecondition, writePrecondition } from './precondition.ts';
import type { PlanSettings } from './settings.ts';
import { OTHER_ROWS_NAMED, actionWordings, blockWordings, creationSentences, type AccountPrepWarning, type BlockCode, type NoticeCode } from './wording.ts';

/**
 * Plans a whole cohort (A5 to A9). Pure: the same inputs give the same rows. `inputs` are all rows in file order,
 * each address once. `only` narrows the result, never the judgement: a row that stands in another's way does so
 * whether or not it is asked for.
 */
export function planCohort(inputs: readonly RowInput[], settings: PlanSettings, only?: ReadonlySet<string>): PlanRow[] {
  const claims = startClaims();
  const matched = inputs.map((input) => ({ input, match: matchRow(input) }));
  for (const { input, match } of matched) claims.add(input, match);
  return matched
    .filter(({ input }) => only === undefined || only.has(input.record.email))
    .map(({ input, match }) => planRow(input, claims.conflictOf(input, match), settings));
}

/**
 * Plans one row, given what stands in its way among the other rows. A batch under lock calls it again for a row
 * that was to be written (`conflict` null, since such a row had none) and compares by `driftOf`.
 */
export function planRow(input: RowInput, conflict: RowConflict | null, settings: PlanSettings): PlanRow {
  const match = matchRow(input);
  const { target } = match;
  if (input.decision === 'skip') {
    return rowOf(input, match, { action: 'SKIP', reason: actionWordings.SKIP.sentence, userId: match.match === 'MATCH_EMAIL' ? target?.userId ?? null : null });
  }
  if (conflict !== null) return blocked(input, match, conflict.code, conflict.others);
  if (target === null) return planCreation(input, match, settings);
  if (target.hasCompleted) {
    const precondition = completePrecondition(input, match);
    return rowOf(input, match, { action: 'COMPLETE', reason: actionWordings.COMPLETE.sentence, userId: target.userId, precondition });
  }
  const blockCode = targetBlock(input, match, target, settings);
  return blockCode === null ? planUpdate(input, match, target, settings) : blocked(input, match, blockCode, []);
}

function planCreation(input: RowInput, match: RowMatch, settings: PlanSettings): PlanRow {
  if (input.facts.stripeHolderId !== null) return blocked(input, match, 'stripe_id_linked_elsewhere', []);
  const isNameKnown = match.match !== 'NO_NAME_MATCH';
  return rowOf(input, match, {
    action: 'CREATE_NEW',
    changes: changesBetween(null, plannedFields(input.record, [], settings)),
    warnings: isNameKnown ? ['possible_duplicate'] : [],
    reason: creationReason(match),
    precondition: writePrecondition(input, match),
  });
}

function creationReason(match: RowMatch): string | undefined {
  if (match.isDeclined) return creationSentences.declined;
  if (match.candidates === null) return undefined;
  return `${match.candidates}${creationSentences.ambiguous}`;
}

function planUpdate(input: RowInput, match: RowMatch, target: UserFacts, settings: PlanSettings): PlanRow {
  const changes = changesBetween(fieldsOf(target), plannedFields(input.record, target.emails, settings));
  const isAsPlanned = changes.length === 0 && target.armedBy === settings.migration;
  return rowOf(input, match, {
    action: isAsPlanned ? 'NO_CHANGE' : 'UPDATE_EXISTING',
    changes,
    warnings: [...decisionNotices(input, match), ...(isAsPlanned ? [] : updateNotices(input, match, target, settings))],
    reason: isAsPlanned ? actionWordings.NO_CHANGE.sentence : undefined,
    userId: target.userId,
    precondition: writePrecondition(input, match),
  });
}

/** What keeps a target from being written (A3, A7, A8). The order is that of gravity. */
function targetBlock(input: RowInput, match: RowMatch, target: UserFacts, settings: PlanSettings): BlockCode | null {
  if (match.match !== 'MATCH_EMAIL') {
    if (target.role !== 'customer') return 'name_match_is_staff';
    if (target.stripeCustomerId !== null && target.stripeCustomerId !== input.record.stripe_customer_id) return 'name_match_has_other_stripe_id';
  }
  if (target.armedBy !== null && target.armedBy !== settings.migration) return 'armed_by_other_migration';
  const holder = input.facts.stripeHolderId;
  return holder !== null && holder !== target.userId ? 'stripe_id_linked_elsewhere' : null;
}

function updateNotices(input: RowInput, match: RowMatch, target: UserFacts, settings: PlanSettings): NoticeCode[] {
  const notices: NoticeCode[] = [];
  if (match.match === 'MATCH_NAME_UNIQUE') notices.push('name_only_match');
  if (nameKey(target.fullName) !== nameKey(input.record.full_name)) notices.push('name_differs');
  if (target.stripeCustomerId !== null && target.stripeCustomerId !== input.record.stripe_customer_id) notices.push('stripe_id_replaced');
  if (target.role !== 'customer') notices.push('staff_account');
  if (target.mustReset && target.armedBy === null) notices.push('already_must_reset');
  if (target.cohortTag !== null && target.cohortTag !== settings.cohortTag) notices.push('cohort_tag_replaced');
  if (target.armedBy === settings.migration) notices.push('already_prepared');
  return notices;
}

function decisionNotices(input: RowInput, match: RowMatch): NoticeCode[] {
  return input.decision === 'create' && match.match === 'MATCH_EMAIL' ? ['decision_without_effect'] : [];
}

function blocked(input: RowInput, match: RowMatch, code: BlockCode, others: readonly number[]): PlanRow {
  const where = others.length === 0 ? '' : ` (row ${others.slice(0, OTHER_ROWS_NAMED).join(', ')}${others.length > OTHER_ROWS_NAMED ? ' ...' : ''})`;
  return rowOf(input, match, {
    action: 'BLOCKED',
    warnings: [...decisionNotices(input, match), code],
    reason: `${blockWordings[code].sentence.replace(/\.$/, '')}${where}.`,
    userId: match.match === 'MATCH_EMAIL' ? match.target?.userId ?? null : null,
    precondition: blockedPrecondition(input, match, code),
  });
}

type Verdict = {
  readonly action: PlanAction;
  readonly changes?: FieldChange[];
  readonly warnings?: readonly AccountPrepWarning[];
  readonly reason?: string | undefined;
  readonly userId?: string | null;
  readonly precondition?: Facts;
};

function rowOf(input: RowInput, match: RowMatch, verdict: Verdict): PlanRow {
  return {
    row: input.row,
    email: input.record.email,
    email_match: match.emailMatch,
    match: match.match,
    ...(match.candidates === null ? {} : { candidates: match.candidates }),
    action: verdict.action,
    user_id: verdict.userId ?? null,
    changes: verdict.changes ?? [],
    warnings: [...(verdict.warnings ?? [])],
    ...(verdict.reason === undefined ? {} : { reason: verdict.reason }),
    precondition: Object.fromEntries(Object.entries(verdict.precondition ?? {}).map(([name, fact]) => [name, isList(fact) ? [...fact] : fact])),
  };
}

function isList(fact: Facts[string]): fact is readonly string[] {
  return Array.isArray(fact);
}
