import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { MainSide, TestSide } from '../packaging/double/sides.ts';
import { type Remote, joinProcesses } from '../packaging/double/wire.ts';
import { plainEnvironment, projectFolder } from './command-line.ts';

/** The built main process of the app in plain Node, with a double of Electron. */
export interface ElectronMain {
  readonly main: Remote<MainSide>;
  /** Its exit code, once it has ended by itself. */
  readonly ended: Promise<number | null>;
  /** Has it quit, and waits for that. */
  quit(): Promise<void>;
}

export interface MainOptions {
  readonly home: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** What the test plays; a page that loads and does nothing else, unless given. */
  readonly test?: Partial<TestSide>;
  /** Gives main before it has a window, for a test whose page asks it. */
  readonly onStart?: (main: Remote<MainSide>) => void;
}

const QUIT_WITHIN_MS = 30_000;

/** A page that is there, and a person who turns everything down. */
const nobody: TestSide = {
  openWindow: async () => undefined,
  load: async () => undefined,
  sendToPage: () => undefined,
  printToPdf: () => Promise.reject(new Error('nothing prints here')),
  destroyWindow: async () => undefined,
  chooseOpen: async () => [],
  chooseSave: async () => undefined,
  answerMessage: async ({ cancelId = 0 }) => ({ response: cancelId, checkboxChecked: false }),
  showError: () => undefined,
};

/** Starts `dist/electron/main.js` as Electron would, and waits until its window has loaded. */
export async function startElectronMain({ home, args = [], env = {}, test = {}, onStart }: MainOptions): Promise<ElectronMain> {
  const hooks = pathToFileURL(join(projectFolder, 'tests/packaging/double/hooks.mjs')).href;
  const child = fork(join(projectFolder, 'dist/electron/main.js'), [...args], {
    execArgv: ['--import', hooks],
    env: { ...plainEnvironment(), ...env, DRYDOCK_HOME: home },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let log = '';
  child.stderr?.setEncoding('utf8').on('data', (part: string) => (log += part));
  const ended = once(child, 'exit').then(([code]) => code as number | null);
  const loaded = Promise.withResolvers<'loaded'>();
  const played = { ...nobody, ...test };
  const main = joinProcesses<TestSide, MainSide>(child, {
    ...played,
    async load(windowId, address) {
      await played.load(windowId, address);
      loaded.resolve('loaded');
    },
  });
  onStart?.(main);
  if ((await Promise.race([loaded.promise, ended])) !== 'loaded') throw new Error(`the main process ended before its window was there:\n${log}`);
  return {
    main,
    ended,
    async quit() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      void main.quit().catch(() => undefined);
      const limit = setTimeout(() => child.kill('SIGKILL'), QUIT_WITHIN_MS);
      const code = await ended;
      clearTimeout(limit);
      if (code !== 0) throw new Error(`the main process did not quit as it should (${String(code)}):\n${log}`);
    },
  };
}
