import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { AxeBuilder } from '@axe-core/playwright';
import { type Browser, chromium } from 'playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { madeUpRows } from '../../operator/reports/made-up-rows.testing.ts';
import { createReportWorld, type ReportWorld } from '../../operator/reports/report-world.testing.ts';
import { seededRandom } from '../../server/practice/random.ts';
import { noCounts } from '../../shared/core/run-counts.ts';
import { CHROMIUM_FLAGS, findChromium } from '../../scripts/lib/chromium.mjs';
import { madeUpRun } from '../support/made-up-run.ts';

let browser: Browser;
const worlds: ReportWorld[] = [];
const addresses: Record<string, string> = {};

beforeAll(async () => {
  browser = await chromium.launch({ executablePath: findChromium() ?? '', args: [...CHROMIUM_FLAGS] });
  const { rows } = madeUpRows();
  const rollback = madeUpRun('rollback', seededRandom(20261130));
  const kinds = {
    execution: await createReportWorld(),
    rollback: await createReportWorld(rollback.made, undefined, rollback.over),
    redacted: await createReportWorld(),
    'dry run': await createReportWorld({ rows, items: [] }, undefined, { kind: 'dry_run', state: 'completed', counts: noCounts }),
  };
  for (const [kind, world] of Object.entries(kinds)) {
    worlds.push(world);
    const { folder } = await world.handlers['reports.export']({ run_id: 'run-1', redact: kind === 'redacted' }, world.caller);
    addresses[kind] = pathToFileURL(join(folder, 'report.html')).href;
  }
  const [first] = worlds;
  if (first === undefined) throw new Error('no report was made');
  await first.mirrorRun();
  first.server.isAway = true;
  addresses['made without the server'] = pathToFileURL(join((await first.handlers['reports.export']({ run_id: 'run-1' }, first.caller)).folder, 'report.html')).href;
});
afterAll(async () => {
  await browser.close();
  for (const world of worlds) world.close();
});

describe('the page of a report, in a real browser', () => {
  it.each([
    ['execution', 'light'],
    ['dry run', 'dark'],
    ['rollback', 'light'],
    ['rollback', 'dark'],
    ['redacted', 'light'],
    ['redacted', 'dark'],
    ['made without the server', 'dark'],
  ] as const)('(%s, %s) has nothing that keeps a person out, and asks for nothing', async (kind, colorScheme) => {
    // The page forbids every script, so that axe must be let in to look at it.
    const context = await browser.newContext({ viewport: { width: 1024, height: 700 }, colorScheme, bypassCSP: true });
    const page = await context.newPage();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    await page.goto(addresses[kind] ?? '');
    expect(asked).toEqual([addresses[kind]]);
    const { violations, passes } = await new AxeBuilder({ page }).analyze();
    expect(passes.length).toBeGreaterThan(10);
    expect(violations.map(({ id, impact, nodes }) => `${String(impact)} ${id}: ${nodes[0]?.html ?? ''}`)).toEqual([]);
    await context.close();
  });

  it('is printed on white, whatever theme the person has, with the run at the foot of every page', async () => {
    const context = await browser.newContext({ colorScheme: 'dark' });
    const page = await context.newPage();
    await page.goto(addresses['execution'] ?? '');
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    const colours = await page.evaluate<readonly string[]>('[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.querySelector("main")).backgroundColor, getComputedStyle(document.body).color]');
    expect(colours).toEqual(['rgb(255, 255, 255)', 'rgb(255, 255, 255)', 'rgb(22, 32, 43)']);
    expect(await page.locator('style').textContent()).toContain("@bottom-left { content: 'Drydock report, 2025-08-09, run run-1'");
    await context.close();
  });
});
