// Debian packages that tests may need. Only root on a Debian-like machine may install them; everyone else is told how.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';

const APT = '/usr/bin/apt-get';
const LIMIT_MS = 8 * 60_000;

/** May this process install Debian packages here? */
export function mayInstallPackages() {
  return process.platform === 'linux' && process.getuid?.() === 0 && existsSync(APT);
}

/**
 * Installs Debian packages, showing what apt says on stderr. Waits for another apt that holds the lock.
 * @param {string[]} names
 * @returns {boolean} whether apt said that it worked
 */
export function installPackages(names) {
  if (!mayInstallPackages()) return false;
  process.stderr.write(`Installing ${names.join(', ')} with apt-get\n`);
  if (apt(['install', ...names])) return true;
  return apt(['update']) && apt(['install', ...names]);
}

/** @param {string[]} args */
function apt(args) {
  const done = spawnSync(
    APT,
    ['-y', '-q', '-o', 'DPkg::Lock::Timeout=300', '--no-install-recommends', ...args],
    { stdio: ['ignore', 2, 2], timeout: LIMIT_MS, env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' } },
  );
  return done.status === 0;
}
