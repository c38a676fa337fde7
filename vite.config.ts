import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { type EnvironmentOptions, defineConfig } from 'vite';
import { BUILD_STAMP } from './scripts/lib/build-stamp.mjs';
import { nodeFileUrls } from './scripts/lib/node-file-urls.ts';

const project = fileURLToPath(new URL('.', import.meta.url));

/** Chromium of the pinned Electron. Older targets make the CSS compiler lower `light-dark()`, wrongly. */
const BROWSER_TARGET = 'chrome146';
const NODE_TARGET = 'node24';

/** Packages that stay outside the bundles: they carry native code, or find files of their own beside themselves. */
const NOT_BUNDLED = ['electron', 'better-sqlite3', '@node-rs/argon2', '@electric-sql/pglite'];
/** Optional natives of pg and ws, and every module of Node, with and without `node:`. */
const EXTERNAL = [/^node:/, ...[...builtinModules, ...NOT_BUNDLED, 'pg-native'].map((name) => new RegExp(`^${name}(/|$)`))];

function nodeProgram(folder: string, entries: Record<string, string>): EnvironmentOptions {
  return {
    consumer: 'server',
    resolve: { noExternal: true, external: NOT_BUNDLED },
    build: {
      ssr: true,
      outDir: join(project, 'dist', folder),
      emptyOutDir: true,
      target: NODE_TARGET,
      minify: false,
      sourcemap: true,
      rolldownOptions: {
        input: absolute(entries),
        external: EXTERNAL,
        output: { format: 'es', entryFileNames: '[name].js', chunkFileNames: 'chunks/[name]-[hash].js' },
      },
    },
  };
}

/** One CommonJS file that requires nothing but `electron`: all that a sandboxed preload can load. */
const preload: EnvironmentOptions = {
  consumer: 'server',
  resolve: { noExternal: true, external: ['electron'] },
  build: {
    ssr: true,
    outDir: join(project, 'dist/preload'),
    emptyOutDir: true,
    target: BROWSER_TARGET,
    minify: false,
    sourcemap: false,
    rolldownOptions: {
      input: absolute({ preload: 'electron/preload.ts' }),
      external: ['electron'],
      output: { format: 'cjs', entryFileNames: '[name].cjs', codeSplitting: false },
    },
  },
};

const client: EnvironmentOptions = {
  build: {
    outDir: join(project, 'dist/renderer'),
    emptyOutDir: true,
    target: BROWSER_TARGET,
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 2_000,
    rolldownOptions: { input: absolute({ index: 'renderer/index.html' }) },
  },
};

function absolute(entries: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(entries).map(([name, path]) => [name, join(project, path)]));
}

/** Databases ready to be unpacked: making one takes seconds, and a practice environment should open in one. */
function makeDatabaseTemplates(): void {
  const made = spawnSync(process.execPath, [join(project, 'server/practice/make-templates.ts'), join(project, 'dist/templates')], { stdio: ['ignore', 'inherit', 'inherit'] });
  if (made.status !== 0) throw new Error('the database templates could not be made');
}

export default defineConfig({
  root: join(project, 'renderer'),
  publicDir: false,
  plugins: [react(), nodeFileUrls()],
  environments: {
    client,
    main: nodeProgram('electron', { main: 'electron/main.ts' }),
    preload,
    cli: nodeProgram('cli', { main: 'cli/main.ts' }),
    server: nodeProgram('server', { main: 'server/main.ts' }),
  },
  builder: {
    async buildApp(builder) {
      for (const environment of Object.values(builder.environments)) {
        if (environment.name !== 'ssr') await builder.build(environment);
      }
      makeDatabaseTemplates();
      writeFileSync(join(project, BUILD_STAMP), '');
    },
  },
});
