import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { scanForSecrets } from '../support/secret-scan.ts';
import { goTheWholeWay, lookAtTheScreens } from '../support/window-way.ts';
import { openWindowSession, type WindowSession } from '../support/window-session.ts';

/**
 * The whole way in the real window, in a real browser, on the practice environment that the app starts by itself:
 * what `npm start` gives a newcomer.
 */
describe('the whole way of account-prep through the window', () => {
  let home = '';
  let session: WindowSession;

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'drydock-window-'));
    session = await openWindowSession(home);
  });

  afterAll(async () => {
    await session.close();
    await rm(home, { recursive: true, force: true });
  });

  it('leads from the sample file to a signed report that holds, with nothing serious for axe on the way', async () => {
    const findings: string[] = [];
    const lookedAt: string[] = [];
    const atStep = async (name: string): Promise<void> => {
      lookedAt.push(name);
      const { violations } = await new AxeBuilder({ page: session.page }).exclude('iframe').analyze();
      for (const violation of violations) {
        if (violation.impact === 'serious' || violation.impact === 'critical') findings.push(`${name}: ${violation.id}: ${violation.nodes.map((node) => node.target.join(' ')).join(', ')}`);
      }
    };
    await goTheWholeWay(session.page, atStep);
    await lookAtTheScreens(session.page, atStep);
    expect(lookedAt).toHaveLength(17);
    expect(findings).toEqual([]);
  });

  it('met no error of its own', () => {
    expect(session.pageErrors).toEqual([]);
  });

  it('shows where things stand when it is opened again', async () => {
    await session.close();
    session = await openWindowSession(home, { colorScheme: 'dark' });
    const steps = session.page.getByRole('navigation', { name: 'Steps' });
    await steps.getByRole('button', { name: 'Execute (done)' }).click();
    await session.page.getByRole('region', { name: 'Progress' }).getByText('Completed').waitFor();
  });

  it('kept the temporary password out of everything but the secret store', async () => {
    await session.close();
    const { temporary_password: temporaryPassword } = JSON.parse(await readFile(join(home, 'practice', 'secrets.json'), 'utf8')) as { temporary_password: string };
    expect(temporaryPassword.length).toBeGreaterThan(11);
    const scan = await scanForSecrets([home], { 'temporary password': temporaryPassword });
    expect(scan.filesRead).toBeGreaterThan(20);
    expect(scan.found).toEqual([]);
  });
});
