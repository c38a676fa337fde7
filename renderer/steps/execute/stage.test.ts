import { expect, test } from 'vitest';
import { stagePercent } from './stage.ts';

test('a stage is one of three or a percentage of its own', () => {
  expect([stagePercent('5', 10), stagePercent('100', 10), stagePercent('own', 12.5)]).toEqual([5, 100, 12.5]);
});

test('nothing, nobody and more than everybody are no stages', () => {
  expect([stagePercent('own', ''), stagePercent('own', 0), stagePercent('own', 100.1)]).toEqual([undefined, undefined, undefined]);
});
