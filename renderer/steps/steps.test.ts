import { expect, test } from 'vitest';
import { gatesOf, type WayFacts } from '../../shared/core/gates.ts';
import { fakeExecution } from '../testing/fake-execution.ts';
import { fakeWorld } from '../testing/fake-world.ts';
import { currentStep, stepNames, stepsOf } from './steps.ts';

const begun: WayFacts = { test: 'not_begun', approvals: { given: 0, required: 1, rejected: false }, approveBeforeTestRun: false, execution: 'not_begun' };

test('the steps stand in the order of the way, and each has a sentence', () => {
  const steps = stepsOf({ gates: [...gatesOf(begun)], execution: null });
  expect(steps.map((step) => step.name)).toEqual([...stepNames]);
  expect(steps.every((step) => step.detail.length > 0)).toBe(true);
});

test('the person goes on at the first step that is open', () => {
  expect(currentStep(stepsOf({ gates: [...gatesOf(begun)], execution: null }))).toBe('load');
  const checked: WayFacts = { ...begun, file: 'a.csv', check: { accepted: 3, refused: false } };
  expect(currentStep(stepsOf({ gates: [...gatesOf(checked)], execution: null }))).toBe('dry_run');
});

test('verification, report, follow-up and rollback are closed until there is an execution, and say so', () => {
  const before = stepsOf({ gates: [...gatesOf(begun)], execution: null }).slice(-4);
  expect(before.map((step) => step.state)).toEqual(['closed', 'closed', 'closed', 'closed']);
  const after = stepsOf({ gates: [...gatesOf(begun)], execution: fakeExecution(fakeWorld('executed')) }).slice(-4);
  expect(after.map((step) => step.state)).toEqual(['open', 'open', 'open', 'open']);
});

test('what somebody else has executed can be verified and put back here, and is reported by them', () => {
  const steps = stepsOf({ gates: [...gatesOf(begun)], execution: null }, { byAnybody: true, isVerified: true }).slice(-4);
  expect(steps.map((step) => step.state)).toEqual(['passed', 'closed', 'closed', 'open']);
});
