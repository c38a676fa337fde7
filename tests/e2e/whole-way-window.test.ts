import { hash, randomUUID } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import AxeBuilder from '@axe-core/playwright';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { practiceMigration } from '../../server/practice/environment.ts';
import { signAdminToken } from '../../server/tokens/admin-token.ts';
import { type AdminClient, adminClient } from '../support/admin-client.ts';
import { checksumOfBystanders } from '../support/bystanders.ts';
import { projectFolder } from '../support/command-line.ts';
import { signIn } from '../support/customer.ts';
import { everybodyGoesThroughTheReset, newPassword, outsiderSignsInAsEver } from '../support/customers-afterwards.ts';
import { scanForSecrets } from '../support/secret-scan.ts';
import { goTheWholeWay, lookAtTheScreens, lookMoreClosely } from '../support/window-way.ts';
import { browserHost, joinedElectron, realElectron } from '../support/window-hosts.ts';
import type { WindowSession } from '../support/window-session.ts';

/**
 * The whole way in the real window, in a real browser, on the practice environment that the app starts by itself:
 * what `npm start` gives a newcomer, in each host of the window. The end is the same as by command line: what the customers then meet (A23).
 */
const sample = join(projectFolder, 'resources', 'samples', 'account-prep-60.csv');

const secretsSchema = z.object({ jwt_secret: z.string(), temporary_password: z.string().min(12) });
const environmentsSchema = z.object({ environments: z.array(z.object({ name: z.string(), url: z.string() })) });
const runsSchema = z.object({ items: z.array(z.object({ kind: z.string(), state: z.string(), plan_hash: z.string().nullable(), cohort: z.string().nullable() })) });
const rowsSchema = z.object({ items: z.array(z.object({ email: z.string(), action: z.string() })) });
const planSchema = z.object({ rows: z.array(z.object({ email: z.string(), action: z.string() })) });

const real = realElectron();
const hosts = [browserHost, joinedElectron, ...(real === undefined ? [] : [real])];
process.stdout.write(`The whole way goes through ${hosts.map(({ name }) => name).join(', ')}${real === undefined ? '; Electron itself is not on this machine' : ''}.\n`);

describe.each(hosts)('the whole way of account-prep through $name', ({ name: host, open }) => {
  // What axe sees and what customers meet does not hang on the host: once is enough.
  const isFirstHost = host === browserHost.name;
  let home = '';
  let session: WindowSession;
  let bystanders = '';
  let sessions: Record<string, string> = {};
  /** Whom the window rolled back. */
  let putBack = '';
  const practiceFolder = (): string => join(home, 'practice');

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'drydock-window-'));
    session = await open(home);
    await session.close();
    bystanders = await checksumOfBystanders(practiceFolder(), sample);
    session = await open(home);
  });

  afterAll(async () => {
    await session.close();
    await rm(home, { recursive: true, force: true });
  });

  async function practiceSecrets(): Promise<z.infer<typeof secretsSchema>> {
    return secretsSchema.parse(JSON.parse(await readFile(join(practiceFolder(), 'secrets.json'), 'utf8')));
  }

  /** The window's tokens lie nowhere, so the test signs one of its own with the practice server's key. */
  async function admin(): Promise<AdminClient> {
    const { environments } = environmentsSchema.parse(JSON.parse(await readFile(join(home, 'environments.json'), 'utf8')));
    const url = environments.find((environment) => environment.name === 'practice')?.url ?? '';
    const secret = new TextEncoder().encode((await practiceSecrets()).jwt_secret);
    return adminClient(url, await signAdminToken(secret, { environmentId: 'practice', sub: 'the test', scopes: ['migration:read', 'migration:write'], tokenId: randomUUID(), issuedAt: new Date(), ttlSeconds: 600 }));
  }

  function looking() {
    const findings: string[] = [];
    const lookedAt: string[] = [];
    const atStep = async (name: string): Promise<void> => {
      lookedAt.push(name);
      if (!isFirstHost) return;
      const { violations } = await new AxeBuilder({ page: session.page }).options({ resultTypes: ['violations'] }).exclude('iframe').analyze();
      for (const violation of violations) {
        if (violation.impact === 'serious' || violation.impact === 'critical') findings.push(`${name}: ${violation.id}: ${violation.nodes.map((node) => node.target.join(' ')).join(', ')}`);
      }
    };
    return { findings, lookedAt, atStep };
  }

  it('leads from the sample file to a signed report that holds, with nothing serious for axe on the way', async () => {
    const { atStep, lookedAt, findings } = looking();
    putBack = await goTheWholeWay(session.page, atStep);
    await lookAtTheScreens(session.page, atStep);
    expect(lookedAt).toHaveLength(22);
    expect(putBack).toContain('@');
    expect(findings).toEqual([]);
    expect(session.pageErrors).toEqual([]);
  });

  it('shows the run whole, and verifies its report when it is brought back: as it is, changed by another hand, and cut off', async () => {
    const { atStep, lookedAt, findings } = looking();
    await lookMoreClosely(session.page, atStep, session.choose);
    expect(lookedAt).toHaveLength(5);
    expect(findings).toEqual([]);
    expect(session.pageErrors).toEqual([]);
  });

  it.each(isFirstHost ? ['once'] : [])('lets every armed customer through the reset, %s, and neither the one who was put back nor anybody else', async () => {
    const client = await admin();
    const { temporary_password: temporaryPassword } = await practiceSecrets();
    const { items: runs } = runsSchema.parse(await client.get(`/admin/runs?migration=${practiceMigration}`));
    const execution = runs.find((run) => run.kind === 'execution' && run.state === 'completed');
    const { items: rows } = rowsSchema.parse(await client.get(`/admin/migration/${practiceMigration}/plans/${execution?.plan_hash ?? ''}/rows?limit=1000`));
    sessions = await everybodyGoesThroughTheReset({ admin: client, migration: practiceMigration, temporaryPassword, rows: rows.filter(({ email }) => email !== putBack) });
    expect((await signIn(client.url, putBack, temporaryPassword)).status).toBe(401);
    await outsiderSignsInAsEver(client.url, temporaryPassword);

    const again = planSchema.parse(
      await client.post(`/admin/migration/${practiceMigration}/dry-run`, { source_file: 'account-prep-60.csv', source_sha256: hash('sha256', await readFile(sample)), cohort: execution?.cohort }),
    );
    expect(new Set(again.rows.filter((row) => row.action !== 'BLOCKED' && row.email !== putBack).map((row) => row.action))).toEqual(new Set(['COMPLETE']));
    expect(again.rows.find(({ email }) => email === putBack)?.action).toMatch(/^(UPDATE_EXISTING|CREATE_NEW)$/);
  });

  it('shows where things stand when it is opened again', async () => {
    await session.close();
    session = await open(home, { colorScheme: 'dark' });
    const steps = session.page.getByRole('navigation', { name: 'Steps' });
    await steps.getByRole('button', { name: 'Execute (done)' }).click();
    await session.page.getByRole('region', { name: 'Progress' }).getByText('Completed').waitFor();
  });

  it('left everyone outside the cohort exactly as they were', async () => {
    await session.close();
    expect(await checksumOfBystanders(practiceFolder(), sample)).toBe(bystanders);
  });

  it('wrote no secret anywhere but into the secret store', async () => {
    const { temporary_password: temporaryPassword } = await practiceSecrets();
    // The app holds its practice tokens in memory alone; whatever they say, each begins with this header.
    const anyAdminToken = Buffer.from(JSON.stringify({ alg: 'HS256', typ: 'JWT' })).toString('base64url');
    const scan = await scanForSecrets([home], { 'temporary password': temporaryPassword, 'new password': newPassword, 'an admin token': anyAdminToken, ...sessions });
    expect(scan.filesRead).toBeGreaterThan(20);
    expect(scan.found).toEqual([]);
  });
});
