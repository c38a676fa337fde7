// Goes on in another program as if this one had become it: its output, its signals and its end are ours.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { pathToFileURL } from 'node:url';

const FORWARDED = /** @type {const} */ (['SIGINT', 'SIGTERM', 'SIGHUP']);

/**
 * Never resolves: this process ends when the other one does, and the other way round.
 * @param {string} program
 * @param {string[]} args
 * @param {string} [guard] for a Node program: the module that ends it when this process is gone, even by `kill -9`
 * @returns {Promise<never>}
 */
export function handOver(program, args, guard) {
  return new Promise(() => {
    const child = spawn(program, guard === undefined ? args : ['--import', pathToFileURL(guard).href, ...args], {
      stdio: ['inherit', 'inherit', 'inherit', ...(guard === undefined ? [] : [/** @type {const} */ ('pipe')])],
    });
    for (const signal of FORWARDED) {
      process.on(signal, () => {
        // A terminal's Ctrl-C has reached the child as well.
        if (signal !== 'SIGINT' || !atTerminal()) child.kill(signal);
      });
    }
    child.on('error', (error) => {
      process.stderr.write(`${program} could not be started: ${error.message}\n`);
      process.exit(1);
    });
    child.on('exit', (code, signal) => process.exit(code ?? 128 + (signal === null ? 0 : constants.signals[signal])));
  });
}

function atTerminal() {
  return process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY;
}
