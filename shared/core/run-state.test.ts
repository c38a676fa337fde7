import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isEnded, nextRunState, runStateSchema, runTransitions, type RunEvent, type RunState } from './run-state.ts';

const states = runStateSchema.options;
const events: readonly RunEvent[] = [
  'pause_asked', 'resume_asked', 'stop_asked', 'started', 'batch_ended', 'flag_found_off', 'threshold_passed', 'finished', 'finished_with_failures', 'broke',
];

/** Every way into a state, tried through the function and not read from its table. */
function waysInto(target: RunState): string[] {
  return states.flatMap((from) =>
    events.flatMap((event) => {
      const step = nextRunState(from, event);
      return step.kind === 'moved' && step.state === target ? [`${from} + ${event}`] : [];
    }),
  );
}

describe('a run comes to be', () => {
  const waysTo: Record<RunState, readonly string[]> = {
    queued: ['paused + resume_asked', 'halted + resume_asked'],
    running: ['queued + started', 'pausing + resume_asked'],
    pausing: ['running + pause_asked'],
    paused: ['queued + pause_asked', 'queued + flag_found_off', 'running + flag_found_off', 'pausing + batch_ended', 'pausing + flag_found_off'],
    stopping: ['running + stop_asked', 'pausing + stop_asked'],
    stopped: [
      'queued + stop_asked', 'paused + stop_asked', 'halted + stop_asked',
      'stopping + batch_ended', 'stopping + flag_found_off', 'stopping + threshold_passed',
    ],
    halted: ['running + threshold_passed', 'pausing + threshold_passed'],
    completed: ['running + finished', 'pausing + finished', 'stopping + finished'],
    completed_with_failures: ['running + finished_with_failures', 'pausing + finished_with_failures', 'stopping + finished_with_failures'],
    failed: ['queued + broke', 'running + broke', 'pausing + broke', 'stopping + broke'],
  };

  it.each(states)('%s in these ways; nothing else may reach it', (state) => {
    expect(waysInto(state).sort()).toEqual([...waysTo[state]].sort());
  });
});

describe('a run', () => {
  it('has one way on for each state and event, with a sentence', () => {
    const edges = runTransitions.map(({ from, event }) => `${from} + ${event}`);
    expect(new Set(edges).size).toBe(edges.length);
    for (const { why } of runTransitions) expect(why).toMatch(/^[A-Z].*\.$/);
  });

  it('that has ended is not changed by anything, and says so', () => {
    for (const state of states.filter(isEnded)) {
      for (const event of events) expect(nextRunState(state, event)).toMatchObject({ state });
      const resumed = nextRunState(state, 'resume_asked');
      expect(resumed.kind === 'refused' && resumed.why).toContain('has ended');
    }
  });

  it('takes the same wish twice without harm', () => {
    expect(nextRunState('pausing', 'pause_asked')).toEqual({ kind: 'already', state: 'pausing' });
    expect(nextRunState('paused', 'pause_asked')).toEqual({ kind: 'already', state: 'paused' });
    expect(nextRunState('stopping', 'stop_asked')).toEqual({ kind: 'already', state: 'stopping' });
    expect(nextRunState('running', 'resume_asked')).toEqual({ kind: 'already', state: 'running' });
  });

  it('that is being stopped is neither paused nor resumed instead', () => {
    expect(nextRunState('stopping', 'pause_asked').kind).toBe('refused');
    expect(nextRunState('stopping', 'resume_asked').kind).toBe('refused');
  });

  it('with a batch in flight is never said to have paused or stopped by asking alone', () => {
    for (const state of ['running', 'pausing', 'stopping'] as const) {
      for (const event of ['pause_asked', 'stop_asked'] as const) expect(['paused', 'stopped']).not.toContain(nextRunState(state, event).state);
    }
  });

  it('once stop was asked ends without starting again, whatever happens', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events), { maxLength: 12 }), (happenings) => {
        let state: RunState = 'stopping';
        for (const event of happenings) {
          state = nextRunState(state, event).state;
          expect(state === 'stopping' || isEnded(state)).toBe(true);
        }
      }),
      { seed: 20250809 },
    );
  });

  it('never leaves an end, on any path from the beginning', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...events), { maxLength: 30 }), (happenings) => {
        let state: RunState = 'queued';
        for (const event of happenings) {
          const before: RunState = state;
          state = nextRunState(state, event).state;
          if (isEnded(before)) expect(state).toBe(before);
        }
      }),
      { seed: 20250809, numRuns: 1000 },
    );
  });
});
