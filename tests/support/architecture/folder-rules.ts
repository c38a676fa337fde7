/** What the files of one folder may import. The first rule whose `files` matches a path is the one that holds. */
export type FolderRule = {
  readonly files: RegExp;
  /** Beginnings of paths from the project's root; `$1` stands for what the first group of `files` caught. */
  readonly mayImport: readonly string[];
  /** Packages by name, `@scope/*` for a whole scope, `node:*` for Node's own modules, `*` for any. */
  readonly packages: readonly string[];
};

/** What tests beside the code, and `x.testing.ts` that they share, may import on top of what the code may. */
export const testAllowance = { mayImport: ['tests/support/'], packages: ['vitest', 'vitest/*', 'fast-check', 'axe-core', 'node:*'] } as const;

const OPERATOR_PACKAGES = ['node:*', 'zod', 'axios', 'axios-retry', 'p-queue', 'better-sqlite3', 'papaparse'];
const SERVER_PACKAGES = ['p-queue', 'papaparse', 'node:*', 'zod', 'commander', 'better-sqlite3', 'fastify', 'kysely', 'kysely/*', 'pg', '@electric-sql/*', 'pg-boss', 'axios', '@node-rs/*', 'jose', 'pino', 'prom-client', 'nodemailer'];
const WINDOW_PACKAGES = ['zod', 'zustand', 'zustand/*', 'react', 'react-dom', 'react-dom/*', '@mantine/*', '@tanstack/*', '@tabler/*', 'uplot', 'uplot/*'];

/** The folders of docs/architecture.md, as a table. */
export const folderRules: readonly FolderRule[] = [
  { files: /^shared\/core\//, mayImport: ['shared/core/'], packages: ['zod'] },
  { files: /^shared\/playbooks\/([^/]+)\//, mayImport: ['shared/core/', 'shared/playbooks/$1/'], packages: ['zod'] },
  { files: /^shared\/playbooks\/[^/]+$/, mayImport: ['shared/core/', 'shared/playbooks/'], packages: ['zod'] },
  { files: /^shared\/contract\//, mayImport: ['shared/core/', 'shared/contract/'], packages: ['zod'] },
  { files: /^operator\//, mayImport: ['operator/', 'shared/', 'resources/'], packages: OPERATOR_PACKAGES },
  { files: /^electron\/preload\.ts$/, mayImport: ['electron/'], packages: ['electron'] },
  { files: /^electron\//, mayImport: ['electron/', 'operator/', 'shared/'], packages: ['node:*', 'zod', 'electron', 'electron-log', 'electron-log/*', 'electron-updater'] },
  { files: /^renderer\//, mayImport: ['renderer/', 'shared/core/', 'shared/contract/'], packages: WINDOW_PACKAGES },
  { files: /^cli\//, mayImport: ['cli/', 'operator/', 'shared/'], packages: ['node:*', 'zod', 'commander'] },
  { files: /^server\//, mayImport: ['server/', 'shared/', 'resources/'], packages: SERVER_PACKAGES },
  { files: /^workers\/customer-api\//, mayImport: ['workers/customer-api/', 'shared/core/'], packages: ['zod'] },
  { files: /^tests\//, mayImport: [''], packages: ['*'] },
  { files: /^bench\//, mayImport: [''], packages: ['*'] },
  { files: /^(bin|scripts|tools)\//, mayImport: ['$1/', 'dist/'], packages: ['node:*', 'vite', 'playwright'] },
  { files: /^(vite\.config\.ts|vitest\.config\.ts|\.dependency-cruiser\.mjs)$/, mayImport: ['scripts/lib/'], packages: ['node:*', 'vite', 'vitest/config', '@vitest/browser-playwright', '@vitejs/plugin-react'] },
];
