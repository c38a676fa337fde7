import type { Handlers } from '../../shared/contract/operator/dispatch.ts';
import type { ShownRun } from '../../shared/contract/operator/runs.ts';
import { noCounts } from '../../shared/core/run-counts.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import { fakeExecution, fakeItems } from './fake-execution.ts';
import { FAKE_NOW, hashOf, type FakeWorld } from './fake-world.ts';

type UndoNames = Extract<keyof Handlers, `rollback.${string}`> | 'runs.verify';

const ROLLBACK_ROWS_A_TICK = 20;

/** Reading back and putting back by the made-up operator. Every ninth customer has set a password since. */
export function fakeUndoHandlers(world: FakeWorld): Pick<Handlers, UndoNames> {
  const previewed = (emails: readonly string[] | undefined): readonly RunItem[] => fakeItems(world).filter(({ email }) => emails === undefined || emails.includes(email)).map((item, index) => revertOf(world, item, index + 1));
  return {
    'runs.verify': ({ run_id: verified, sample }) => {
      const items = fakeItems(world).filter(({ outcome }) => outcome === 'applied').slice(0, sample?.size).map(readBackOf);
      const runId = `run_verify_${world.verifications.length + 1}`;
      const counts = countsOf(items);
      const run = { ...fakeExecution(world).run, run_id: runId, kind: 'verification' as const, state: 'completed' as const, counts, rows_total: items.length, rows_done: items.length, message: `Read back ${items.length} of the ${fakeExecution(world).run.counts.applied} rows that run ${verified} wrote: ${counts.drifted} differ.${sample === undefined ? '' : ` The sample was drawn with the seed ${sample.seed}.`}` };
      world.verifications = [{ run, items }, ...world.verifications];
      return Promise.resolve({ run_id: runId, verified_run_id: verified, counts, rows_written: fakeExecution(world).run.counts.applied, differences: items.filter(({ outcome }) => outcome === 'drifted') });
    },
    'rollback.preview': ({ emails }) => {
      const items = previewed(emails);
      const counts = countsOf(items);
      return Promise.resolve({ rollback_hash: hashOf('b'), counts: { reverted: counts.reverted, kept_changed_since: counts.kept_changed_since, nothing_to_revert: counts.nothing_to_revert }, approval_needed: counts.reverted > 10, items: items.slice(0, 20), next_cursor: items.length > 20 ? '20' : null });
    },
    'rollback.listItems': ({ after }) => Promise.resolve({ items: previewed(undefined).slice(Number(after ?? 0)), next_cursor: null }),
    'rollback.start': ({ emails }) => {
      world.rollback = { items: previewed(emails), done: 0 };
      return Promise.resolve({ run_id: 'run_rollback' });
    },
    'rollback.find': () => Promise.resolve({ migration: null }),
  };
}

/** The rollback as it stands; each look settles some more when `isWatched`. */
export function fakeRollback(world: FakeWorld, isWatched = false): ShownRun {
  const rollback = world.rollback ?? { items: [], done: 0 };
  const total = rollback.items.length;
  const done = isWatched ? Math.min(total, rollback.done + ROLLBACK_ROWS_A_TICK) : rollback.done;
  if (world.rollback !== null) world.rollback = { ...rollback, done };
  const hasEnded = done === total;
  if (hasEnded) world.putBack = new Set([...world.putBack, ...rollback.items.filter(({ outcome }) => outcome === 'reverted').map(({ email }) => email)]);
  const shown = fakeExecution(world);
  return { ...shown, mirrored_items: done, run: { ...shown.run, run_id: 'run_rollback', kind: 'rollback', state: hasEnded ? 'completed' : 'running', counts: countsOf(rollback.items.slice(0, done)), rows_total: total, rows_done: done, stage_percent: null, message: null, preceding_dry_run: null, ended_at: hasEnded ? FAKE_NOW : null } };
}

function countsOf(items: readonly RunItem[]): ShownRun['run']['counts'] {
  const counts = { ...noCounts };
  for (const { outcome } of items) counts[outcome] += 1;
  return counts;
}

function revertOf(world: FakeWorld, item: RunItem, seq: number): RunItem {
  const common = { seq, row: item.row, email: item.email, user_id: item.user_id, before: null, after: null, at: FAKE_NOW };
  if (item.outcome !== 'applied') return { ...common, outcome: 'nothing_to_revert', reason: 'No run of this migration has written this customer.' };
  if (world.putBack.has(item.email)) return { ...common, outcome: 'nothing_to_revert', reason: 'An earlier rollback has put this customer back.' };
  if (item.row % 9 === 0) return { ...common, outcome: 'kept_changed_since', planned: { completed: false }, now: { completed: true }, reason: 'The customer has set a password since.' };
  return { ...common, outcome: 'reverted', before: item.after, after: item.before };
}

function readBackOf(item: RunItem, index: number): RunItem {
  const common = { seq: index + 1, row: item.row, email: item.email, user_id: item.user_id, before: null, after: null, at: FAKE_NOW };
  if (item.row === 7) return { ...common, outcome: 'drifted', planned: { stripe_customer_id: 'cus_QX6NB1' }, now: { stripe_customer_id: 'cus_OTHER' }, reason: 'The record has been changed since the run.' };
  if (item.row % 9 === 0) return { ...common, outcome: 'no_change', reason: 'The customer has completed since: a new password is set, and the rest is as the run left it.' };
  return { ...common, outcome: 'no_change', reason: 'It is as the run left it.' };
}
