import { dirname, resolve } from 'node:path';
import type { Plugin } from 'vite';

const NEW_URL = /new URL\(\s*(['"])(\.{1,2}\/[^'"]+\.ts)\1\s*,\s*import\.meta\.url\s*,?\s*\)/g;

/**
 * Lets Node code name another entry by `new URL('./x-worker.ts', import.meta.url)`. From source that is the plain
 * truth and Node runs the file; in a bundle the named file becomes an entry of its own and the URL points at it.
 */
export function nodeFileUrls(): Plugin {
  return {
    name: 'drydock-node-file-urls',
    apply: 'build',
    // Before Vite's own, which would make it an address on a website.
    enforce: 'pre',
    applyToEnvironment: (environment) => environment.config.consumer === 'server',
    transform: {
      filter: { code: 'import.meta.url' },
      handler(code, id) {
        let found = false;
        const rewritten = code.replaceAll(NEW_URL, (_match, _quote: string, path: string) => {
          found = true;
          const reference = this.emitFile({ type: 'chunk', id: resolve(dirname(id), path) });
          return `new URL(import.meta.ROLLUP_FILE_URL_${reference})`;
        });
        return found ? { code: rewritten, map: null } : null;
      },
    },
    resolveFileUrl: ({ relativePath }) => `new URL(${JSON.stringify(relativePath)}, import.meta.url).href`,
  };
}
