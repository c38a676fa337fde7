import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { _electron } from 'playwright';
import type { PageLooks } from './chromium-page.ts';
import { plainEnvironment, projectFolder } from './command-line.ts';
import { openElectronSession } from './electron-session.ts';
import { openWindowSession, type WindowSession } from './window-session.ts';

/** A host of the window, and how a test opens it with its practice environment. */
export interface WindowHost {
  readonly name: string;
  open(home: string, looks?: PageLooks): Promise<WindowSession>;
}

export const browserHost: WindowHost = { name: 'the browser host', open: openWindowSession };

/** The built main and preload, joined to Chromium by a double of Electron. */
export const joinedElectron: WindowHost = { name: 'Electron’s main and preload joined to Chromium', open: openElectronSession };

/** Electron itself, where its program is: `node_modules/electron/path.txt` names it. Undefined elsewhere; nothing is fetched. */
export function realElectron(): WindowHost | undefined {
  const folder = join(projectFolder, 'node_modules', 'electron');
  const named = join(folder, 'path.txt');
  const executablePath = existsSync(named) ? join(folder, 'dist', readFileSync(named, 'utf8').trim()) : undefined;
  if (executablePath === undefined || !existsSync(executablePath)) return undefined;
  return {
    name: 'Electron itself',
    async open(home) {
      const app = await _electron.launch({ executablePath, args: ['--no-sandbox', projectFolder, '--practice'], cwd: projectFolder, env: { ...plainEnvironment(), DRYDOCK_HOME: home } });
      const page = await app.firstWindow();
      const pageErrors: string[] = [];
      page.on('pageerror', (error) => pageErrors.push(error.message));
      return {
        page,
        pageErrors,
        async choose(_page, button, path) {
          await app.evaluate(({ dialog }, chosen) => {
            dialog.showOpenDialog = () => Promise.resolve({ canceled: false, filePaths: [chosen] });
          }, path);
          await page.getByRole('button', { name: button }).click();
        },
        close: () => app.close(),
      };
    },
  };
}
