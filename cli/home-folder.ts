import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** `DRYDOCK_HOME`, else the platform's folder for application data. */
export function homeFolder(env: Readonly<Record<string, string | undefined>>, platform: NodeJS.Platform): string {
  const named = env['DRYDOCK_HOME'];
  if (named !== undefined && named !== '') return resolve(named);
  switch (platform) {
    case 'darwin':
      return join(homedir(), 'Library', 'Application Support', 'Drydock');
    case 'win32':
      return join(env['APPDATA'] ?? join(homedir(), 'AppData', 'Roaming'), 'Drydock');
    default:
      return join(env['XDG_DATA_HOME'] ?? join(homedir(), '.local', 'share'), 'drydock');
  }
}
