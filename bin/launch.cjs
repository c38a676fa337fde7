'use strict';
// Starts a built program with the Node of the lockfile, whatever Node called us. Written for old Nodes; builds nothing.
const { spawn } = require('node:child_process');
const { existsSync, readFileSync } = require('node:fs');
const { constants } = require('node:os');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

const ROOT = join(__dirname, '..');
const PINNED = readFileSync(join(ROOT, '.nvmrc'), 'utf8').trim();
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR2'];
const EXIT_FAILED = 1;

module.exports = function launch(program, folder) {
  const entry = join(ROOT, 'dist', folder, 'main.js');
  if (!existsSync(entry)) return refuse(program, 'not_built', `${program} is not built here: run "npm ci && npm run build" in ${ROOT} first.`);
  if (process.versions.node === PINNED) return void import(pathToFileURL(entry).href);
  const node = pinnedNode();
  if (node !== undefined) return startWith(node, entry);
  if (process.versions.node.split('.')[0] === PINNED.split('.')[0]) return void import(pathToFileURL(entry).href);
  return refuse(program, 'wrong_node', `${program} runs on Node ${PINNED}, which is not installed here: run "npm ci" in ${ROOT}, or use that Node.`);
};

/** @returns {string | undefined} */
function pinnedNode() {
  const name = `node-${process.platform === 'win32' ? 'win' : process.platform}-${process.arch}`;
  const path = join(ROOT, 'node_modules', name, 'bin', process.platform === 'win32' ? 'node.exe' : 'node');
  return existsSync(path) ? path : undefined;
}

/** @param {string} node @param {string} entry */
function startWith(node, entry) {
  // The child holds the other end of descriptor 3, so that it notices when this process is killed, and goes too.
  const guard = pathToFileURL(join(__dirname, 'end-with-launcher.mjs')).href;
  const child = spawn(node, ['--import', guard, entry, ...process.argv.slice(2)], { stdio: ['inherit', 'inherit', 'inherit', 'pipe'] });
  for (const signal of FORWARDED) {
    if (!(signal in constants.signals)) continue;
    process.on(signal, () => {
      // Ctrl-C in a terminal reaches the whole group, child included: passing it on would make two of one.
      if (signal === 'SIGINT' && atTerminal()) return;
      child.kill(signal);
    });
  }
  child.on('error', (error) => {
    process.stderr.write(`Node ${PINNED} could not be started: ${error.message}\n`);
    process.exit(EXIT_FAILED);
  });
  child.on('exit', (code, signal) => {
    if (signal === null) process.exit(code === null ? EXIT_FAILED : code);
    for (const name of FORWARDED) process.removeAllListeners(name);
    process.kill(process.pid, signal);
    // Where that signal does not end a process, the shell's convention does.
    setTimeout(() => process.exit(128 + constants.signals[signal]), 100);
  });
}

function atTerminal() {
  return Boolean(process.stdin.isTTY || process.stdout.isTTY || process.stderr.isTTY);
}

/** @param {string} program @param {string} code @param {string} detail */
function refuse(program, code, detail) {
  process.stderr.write(`${detail}\n`);
  if (process.argv.includes('--json')) {
    const error = { code, title: `${program} cannot start`, detail, request_id: null };
    process.stdout.write(`${JSON.stringify({ error })}\n`);
  }
  process.exitCode = EXIT_FAILED;
}
