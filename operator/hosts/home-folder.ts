import { isAbsolute, join, resolve } from 'node:path';

/**
 * Where the operator keeps its state: `DRYDOCK_HOME`, else this platform's folder for application data.
 * `userHome` is the person's own folder (`os.homedir()`).
 */
export function homeFolder(env: Readonly<Record<string, string | undefined>>, platform: NodeJS.Platform, userHome: string): string {
  const named = env['DRYDOCK_HOME'];
  if (named !== undefined && named !== '') return resolve(named);
  switch (platform) {
    case 'darwin':
      return join(userHome, 'Library', 'Application Support', 'Drydock');
    case 'win32':
      return join(absoluteOr(env['APPDATA'], join(userHome, 'AppData', 'Roaming')), 'Drydock');
    default:
      return join(absoluteOr(env['XDG_DATA_HOME'], join(userHome, '.local', 'share')), 'drydock');
  }
}

/** The XDG specification has relative paths ignored. */
function absoluteOr(named: string | undefined, usual: string): string {
  return named !== undefined && isAbsolute(named) ? named : usual;
}
