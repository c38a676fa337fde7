// Goes on in another program as if this one had become it: its output, its signals and its end are ours.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { pathToFileURL } from 'node:url';

const FORWARDED = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * This process ends when the other one does, and the other way round. Resolves only where the other one could not be
 * started, or failed by itself within `earlyMs`: then something else may be tried.
 * @param {string} program
 * @param {string[]} args
 * @param {{ guard?: string, earlyMs?: number }} [options] `guard`: for a Node program, the module that ends it when this
 *   process is gone, even by `kill -9`
 * @returns {Promise<void>}
 */
export function handOver(program, args, { guard, earlyMs = 0 } = {}) {
  const startedAt = Date.now();
  let isAskedToEnd = false;
  return new Promise((resolve) => {
    const child = spawn(program, guard === undefined ? args : ['--import', pathToFileURL(guard).href, ...args], {
      stdio: ['inherit', 'inherit', 'inherit', ...(guard === undefined ? [] : [/** @type {const} */ ('pipe')])],
    });
    for (const signal of FORWARDED) {
      process.on(signal, () => {
        isAskedToEnd = true;
        // A terminal's Ctrl-C has reached the child as well.
        if (signal !== 'SIGINT' || !atTerminal()) child.kill(signal);
      });
    }
    /** @param {number} exitCode */
    const end = (exitCode) => {
      if (exitCode === 0 || isAskedToEnd || Date.now() - startedAt >= earlyMs) process.exit(exitCode);
      for (const signal of FORWARDED) process.removeAllListeners(signal);
      resolve();
    };
    child.on('error', (error) => {
      process.stderr.write(`${program} could not be started: ${error.message}\n`);
      end(1);
    });
    child.on('exit', (code, signal) => end(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

function atTerminal() {
  return process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
}
