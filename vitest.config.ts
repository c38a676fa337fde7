import { globSync, readFileSync } from 'node:fs';
import react from '@vitejs/plugin-react';
import { playwright } from '@vitest/browser-playwright';
import { configDefaults, defineConfig } from 'vitest/config';
import { CHROMIUM_FLAGS, findChromium } from './scripts/lib/chromium.mjs';

const chromium = findChromium();

/** Tests that only a database with several connections can run. */
const POSTGRES_ALONE = 'server/**/*.postgres.test.ts';
/** What opens a store without naming a database; other tests would only say the same thing twice. */
const opensTestDatabase = /tests\/support\/(?:admin-server|test-store|test-database)\.ts/;
const onEitherDatabase = globSync('server/**/*.test.ts').filter((file) => opensTestDatabase.test(readFileSync(file, 'utf8')));

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'node',
          environment: 'node',
          include: [
            '{shared,operator,cli,server,electron}/**/*.test.ts',
            'tests/*.test.ts',
            'tests/{conformance,faults,packaging,support}/**/*.test.ts',
          ],
          exclude: [...configDefaults.exclude, POSTGRES_ALONE],
          // Files share a process, since loading the same modules anew for each took as long as many a test: none leaves anything behind.
          isolate: false,
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        // The server's tests of a store again, on a real PostgreSQL: what holds on one database must hold on the other.
        test: {
          name: 'postgres',
          environment: 'node',
          include: onEitherDatabase,
          isolate: false,
          globalSetup: ['tests/support/one-postgres-for-all.ts'],
          setupFiles: ['tests/support/use-postgres.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        plugins: [react()],
        // Found one by one otherwise, and each find reloads the page under a running test.
        optimizeDeps: {
          include: [
            'react', 'react-dom/client', 'react/jsx-dev-runtime', '@mantine/core', '@mantine/dropzone', '@mantine/hooks', '@mantine/notifications',
            '@mantine/spotlight', '@tabler/icons-react', 'axe-core', 'uplot', 'zod', 'zustand',
          ],
        },
        test: {
          name: 'browser',
          include: ['renderer/**/*.test.{ts,tsx}'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            provider: playwright({
              launchOptions: {
                args: CHROMIUM_FLAGS,
                ...(chromium === undefined ? {} : { executablePath: chromium }),
              },
            }),
            instances: [{ browser: 'chromium', viewport: { width: 1280, height: 800 } }],
          },
        },
      },
      {
        test: {
          name: 'e2e',
          environment: 'node',
          include: ['tests/e2e/**/*.test.ts'],
          testTimeout: 180_000,
          hookTimeout: 180_000,
        },
      },
    ],
  },
});
