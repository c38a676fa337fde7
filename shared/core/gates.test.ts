import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gateNames, gatesOf, gateSchema, type GateName, type WayFacts } from './gates.ts';

const ready: WayFacts = {
  file: 'customers.csv',
  check: { accepted: 57, refused: false },
  plan: { rows: 57, written: 50, isPartial: false },
  test: 'passed',
  approvals: { given: 1, required: 1, rejected: false },
  approveBeforeTestRun: false,
  execution: 'not_begun',
};

function stateOf(name: GateName, way: WayFacts): string {
  return gatesOf(way).find((gate) => gate.name === name)?.state ?? 'missing';
}

describe('the gates', () => {
  it('open one after the other', () => {
    const { file: _file, check: _check, plan: _plan, ...rest } = ready;
    const start: WayFacts = { ...rest, test: 'not_begun', approvals: { given: 0, required: 1, rejected: false } };
    const states = (way: WayFacts): string => gatesOf(way).map((gate) => gate.state).join(' ');
    const loaded: WayFacts = { ...start, file: 'customers.csv' };
    const checked: WayFacts = { ...loaded, check: { accepted: 57, refused: false } };
    const planned: WayFacts = { ...checked, plan: { rows: 57, written: 50, isPartial: false } };
    expect(states(start)).toBe('open closed closed closed closed closed');
    expect(states(loaded)).toBe('passed open closed closed closed closed');
    expect(states(checked)).toBe('passed passed open closed closed closed');
    expect(states(planned)).toBe('passed passed passed open closed closed');
    expect(states({ ...planned, test: 'passed_not_restored' })).toBe('passed passed passed open closed closed');
    expect(states({ ...planned, test: 'passed' })).toBe('passed passed passed passed open closed');
    expect(states(ready)).toBe('passed passed passed passed passed open');
    expect(states({ ...ready, execution: 'done' })).toBe('passed passed passed passed passed passed');
  });

  it('stay shut behind a refused file, and behind one without a single good row', () => {
    for (const check of [{ accepted: 0, refused: true }, { accepted: 0, refused: false }]) {
      const { plan: _plan, ...rest } = ready;
      expect(stateOf('dry_run', { ...rest, check })).toBe('closed');
    }
  });

  it('let nothing be executed but a whole, tried and approved plan', () => {
    const testArb = fc.constantFrom<WayFacts['test']>('not_begun', 'running', 'failed', 'passed_not_restored', 'passed', 'lapsed');
    fc.assert(
      fc.property(testArb, fc.nat(2), fc.nat(2), fc.boolean(), fc.boolean(), fc.nat(3), fc.boolean(), (test, given, required, rejected, isPartial, written, approveBeforeTestRun) => {
        const way: WayFacts = { ...ready, test, approvals: { given, required, rejected }, plan: { rows: 3, written, isPartial }, approveBeforeTestRun };
        const mayExecute = !isPartial && (written === 0 || test === 'passed') && !rejected && given >= required;
        expect(stateOf('execution', way)).toBe(mayExecute ? 'open' : 'closed');
        for (const gate of gatesOf(way)) expect(gateSchema.parse(gate).detail).toMatch(/\.$|csv$/);
      }),
      { seed: 20250809, numRuns: 1000 },
    );
  });

  it('turn round where policy wants the approval before the test run', () => {
    const way: WayFacts = { ...ready, approveBeforeTestRun: true, test: 'not_begun', approvals: { given: 0, required: 1, rejected: false } };
    expect([stateOf('test_run', way), stateOf('approval', way)]).toEqual(['closed', 'open']);
    expect(stateOf('test_run', { ...way, approvals: { given: 1, required: 1, rejected: false } })).toBe('open');
  });

  it('ask for no test run where nobody is written, and for no approval where policy wants none', () => {
    expect(stateOf('test_run', { ...ready, plan: { rows: 3, written: 0, isPartial: false }, test: 'not_begun' })).toBe('not_needed');
    expect(stateOf('approval', { ...ready, approvals: { given: 0, required: 0, rejected: false } })).toBe('not_needed');
  });

  it('are six: verification and report are none', () => {
    expect(gateNames).toEqual(['load', 'check', 'dry_run', 'test_run', 'approval', 'execution']);
  });
});
