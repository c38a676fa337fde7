import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

const NAMES_IN_PATH = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome', 'microsoft-edge-stable', 'microsoft-edge'];
const MAC_PROGRAMS = ['Google Chrome', 'Chromium', 'Microsoft Edge'].map((name) => `/Applications/${name}.app/Contents/MacOS/${name}`);
const WINDOWS_PROGRAMS = [join('Google', 'Chrome', 'Application', 'chrome.exe'), join('Chromium', 'Application', 'chrome.exe'), join('Microsoft', 'Edge', 'Application', 'msedge.exe')];

/** The path of a Chromium on this machine: `DRYDOCK_CHROMIUM` or `CHROMIUM` where set, else the usual places. Nothing is downloaded. */
export function findChromium(platform: NodeJS.Platform, env: Environment): string | undefined {
  for (const named of [env['DRYDOCK_CHROMIUM'], env['CHROMIUM']]) if (named !== undefined && named !== '') return isProgram(named) ? named : undefined;
  return usualPlaces(platform, env).find(isProgram);
}

function usualPlaces(platform: NodeJS.Platform, env: Environment): readonly string[] {
  if (platform === 'win32') return [env['ProgramFiles'], env['ProgramFiles(x86)'], env['LocalAppData']].flatMap((folder) => (folder === undefined ? [] : WINDOWS_PROGRAMS.map((program) => join(folder, program))));
  const inPath = (env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '').flatMap((folder) => NAMES_IN_PATH.map((name) => join(folder, name)));
  return platform === 'darwin' ? [...MAC_PROGRAMS, ...inPath] : inPath;
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}
