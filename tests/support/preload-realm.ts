import { readFileSync } from 'node:fs';
import { createContext, runInContext } from 'node:vm';
import type { ContextBridge, IpcRenderer, WebUtils } from 'electron';
import { join } from 'node:path';
import { projectFolder } from './command-line.ts';

/** What a sandboxed preload may have of Electron. */
export interface PreloadElectron {
  readonly contextBridge: Pick<ContextBridge, 'exposeInMainWorld'>;
  readonly ipcRenderer: Pick<IpcRenderer, 'invoke'> & { on(channel: string, listener: (event: object, ...args: unknown[]) => void): unknown };
  readonly webUtils: Pick<WebUtils, 'getPathForFile'>;
}

/** Runs the built preload where only `electron` can be required, and nothing of Node is there, as in Electron's sandbox. */
export function runPreload(electron: PreloadElectron): { readonly required: readonly string[] } {
  const required: string[] = [];
  const require = (name: string): PreloadElectron => {
    required.push(name);
    if (name !== 'electron') throw new Error(`module not found: ${name}`);
    return electron;
  };
  const module = { exports: {} };
  const realm = createContext({ require, module, exports: module.exports }, { codeGeneration: { strings: false, wasm: false } });
  runInContext(readFileSync(join(projectFolder, 'dist/preload/preload.cjs'), 'utf8'), realm, { filename: 'preload.cjs' });
  return { required };
}
