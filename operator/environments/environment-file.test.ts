import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';
import { installationRoot } from '../resource-paths.ts';
import { createEnvironmentStore } from './environment-file.ts';

it('loses no environment and no pin when two processes add some at the same moment', async () => {
  const home = mkdtempSync(join(tmpdir(), 'drydock-environments-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  const url = (path: string): string => JSON.stringify(pathToFileURL(join(installationRoot(), 'operator', path)).href);
  const script = `import { randomBytes } from 'node:crypto'; import { openJournal } from ${url('journal/open-journal.ts')};
    import { createFileSecretStore } from ${url('environments/file-secret-store.ts')}; import { createEnvironmentStore } from ${url('environments/environment-file.ts')};
    const home = ${JSON.stringify(home)};
    const journal = openJournal({ home, secrets: createFileSecretStore(home), clock: () => new Date(), randomBytes, log: { write: () => undefined } });
    const store = createEnvironmentStore(home, journal.exclusively);
    const add = (name) => store.change((file) => ({ ...file, environments: [...file.environments, { name, url: 'https://a.example', built_in: false, pins: null }] }));
    for (let index = 0; index < 60; index += 1) add(\`\${process.argv[1]}-\${index}\`);`;
  const processes = ['one', 'other'].map((name) => spawn(process.execPath, ['--input-type=module', '-e', script, name], { stdio: ['ignore', 'ignore', 'inherit'] }));
  expect(await Promise.all(processes.map((child) => once(child, 'exit').then(([code]) => Number(code))))).toEqual([0, 0]);
  expect(createEnvironmentStore(home, (work) => work()).read().environments).toHaveLength(120);
  expect(readdirSync(home).filter((name) => name.endsWith('.new'))).toEqual([]);
});
