import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createReportWorld, type ReportWorld } from '../../operator/reports/report-world.testing.ts';
import { drydock } from '../captured-terminal.testing.ts';

let world: ReportWorld;
let report = '';
let signers = '';

beforeAll(async () => {
  world = await createReportWorld();
  report = (await world.handlers['reports.export']({ run_id: 'run-1' }, world.caller)).folder;
  signers = join(world.home, 'allowed_signers');
  writeFileSync(signers, (await world.handlers['reports.getSigners']({}, world.caller)).lines.join('\n'));
});
afterAll(() => world.close());

it('does not take a report that nobody here can judge for one that holds', async () => {
  const asked = await drydock(['report', 'verify', report], { env: { DRYDOCK_HOME: join(world.home, 'nowhere') } });
  expect([asked.exitCode, asked.stdout]).toEqual([1, expect.stringContaining('NOT shown that the report holds: 3 checks could not be made')]);
  expect(asked.stdout).toContain('Get the file allowed_signers');
});

it('verifies with a file of signers alone, a folder and a zip, and makes nothing in the home', async () => {
  const empty = join(world.home, 'empty');
  mkdirSync(empty);
  const verify = async (at: string, by: string) => drydock(['report', 'verify', at, '--signers', by, '--json'], { env: { DRYDOCK_HOME: empty } });
  for (const at of [report, `${report}.zip`]) {
    const asked = await verify(at, signers);
    expect([asked.exitCode, JSON.parse(asked.stdout), asked.stderr]).toMatchObject([0, { verdict: 'passed', signed_by: 'olga' }, '']);
  }
  // A home that cannot be opened is none of its business.
  writeFileSync(join(empty, 'journal.sqlite'), 'damaged');
  writeFileSync(join(empty, 'environments.json'), 'damaged');
  expect((await verify(report, signers)).exitCode).toBe(0);
  writeFileSync(join(world.home, 'nobody'), '');
  expect((await verify(report, join(world.home, 'nobody'))).exitCode).toBe(1);
  expect((await verify(join(world.home, 'nothing'), signers)).exitCode).toBe(1);
  expect(readdirSync(empty).toSorted()).toEqual(['environments.json', 'journal.sqlite']);
});
