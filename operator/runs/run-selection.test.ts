import { describe, expect, it } from 'vitest';
import type { Run } from '../../shared/contract/admin/runs.ts';
import { noCounts } from '../../shared/core/run-counts.ts';
import { choicesOf, relatedRuns, selectRuns } from './run-selection.ts';

const plan = 'a'.repeat(64);

function run(id: string, minute: number, given: Partial<Run> = {}): Run {
  return {
    run_id: id, migration: 'm1', kind: 'execution', state: 'completed', plan_hash: plan, cohort: 'c'.repeat(64), source_file: 'people.csv', requested_by: 'olga', stage_percent: null,
    counts: noCounts, rows_total: 10, rows_done: 10, rows_per_second: null, seconds_left: null, message: null, preceding_dry_run: null, started_at: null, ended_at: null,
    created_at: `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z`, ...given,
  };
}

const runs = [
  run('plan', 1, { kind: 'dry_run', rows_done: 3 }),
  run('test', 2, { kind: 'test_run', requested_by: 'anna' }),
  run('again', 3, { kind: 'dry_run' }),
  run('main', 4, { preceding_dry_run: 'again', state: 'completed_with_failures', message: 'Two rows failed.' }),
  run('check', 5, { kind: 'verification' }),
  run('back', 6, { kind: 'rollback', plan_hash: null, cohort: null }),
  run('other', 7, { migration: 'm2', plan_hash: 'b'.repeat(64), cohort: 'd'.repeat(64), source_file: 'Others.csv', requested_by: 'anna' }),
];
const ids = (found: readonly Run[]) => found.map(({ run_id: id }) => id);

describe('the list of runs', () => {
  it('is newest first, and in another order when asked for, equals newest first', () => {
    expect(ids(selectRuns(runs, {}))).toEqual(['other', 'back', 'check', 'main', 'again', 'test', 'plan']);
    expect(ids(selectRuns(runs, { sort: 'kind', ascending: true }))).toEqual(['again', 'plan', 'other', 'main', 'back', 'test', 'check']);
    expect(ids(selectRuns(runs, { sort: 'rows_done', ascending: true }))[0]).toBe('plan');
  });

  it.each([
    [{ kind: 'dry_run' as const }, ['again', 'plan']],
    [{ state: 'completed_with_failures' as const }, ['main']],
    [{ migration: 'm2' }, ['other']],
    [{ who: 'anna' }, ['other', 'test']],
    [{ who: 'anna', migration: 'm1' }, ['test']],
    [{ q: ' others.CSV ' }, ['other']],
    [{ q: 'two rows' }, ['main']],
    [{ q: 'bbbb' }, ['other']],
    [{ q: '%' }, []],
  ])('is narrowed by %j', (asked, expected) => {
    expect(ids(selectRuns(runs, asked))).toEqual(expected);
  });

  it('offers what there is to narrow it by', () => {
    expect(choicesOf(runs)).toEqual({ kinds: ['dry_run', 'execution', 'rollback', 'test_run', 'verification'], states: ['completed', 'completed_with_failures'], migrations: ['m1', 'm2'], people: ['anna', 'olga'] });
  });
});

describe('the runs that belong to one', () => {
  const about = (id: string) => relatedRuns(runs.find((one) => one.run_id === id) ?? run('none', 0), runs).map(({ relation, run: other }) => [relation, other.run_id]);

  it('are those of its way, oldest first, and none of another migration', () => {
    expect(about('main')).toEqual([['planned_by', 'plan'], ['test_run', 'test'], ['preceding_dry_run', 'again'], ['verification', 'check'], ['rollback', 'back']]);
    expect(about('back')).toEqual([['execution', 'main']]);
    expect(about('other')).toEqual([]);
  });
});
