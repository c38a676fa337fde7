import type { Readable } from 'node:stream';
import type { ForkOptions, UtilityProcess } from 'electron';
import type { StartServer } from '../operator/environments/server-process.ts';

type Fork = (modulePath: string, args?: string[], options?: ForkOptions) => UtilityProcess;

/**
 * Starts the practice server as a utility process: the packaged app cannot be run as a plain Node (that fuse is off),
 * and a utility process ends with the app by itself.
 */
export function utilityServer(fork: Fork): StartServer {
  return (entry, args, env) => {
    const child = fork(entry, [...args], { env, stdio: 'pipe', serviceName: 'Drydock practice server' });
    let hasEnded = false;
    child.once('exit', () => (hasEnded = true));
    return {
      stdout: child.stdout as Readable | null,
      stderr: child.stderr as Readable | null,
      hasEnded: () => hasEnded,
      kill(signal) {
        if (signal === 'SIGKILL' && child.pid !== undefined) process.kill(child.pid, signal);
        else child.kill();
      },
      onEnded: (listener) => void child.once('exit', (code) => listener(code)),
      onFailed: (listener) => void child.once('error', () => listener()),
    };
  };
}
