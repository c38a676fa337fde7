import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * Runs the command lines of a report's VERIFY.txt as they stand, in a copy of its folder with `allowedSigners` put there, on a
 * PATH with ssh-keygen and sha256sum alone. Gives how each ended: 0 is well. Throws where there are not three of them.
 */
export function runVerifyLines(folder: string, allowedSigners: string, lines = verifyLines(folder)): readonly (number | null)[] {
  if (lines.length !== 3) throw new Error(`VERIFY.txt has ${lines.length} command lines.`);
  const root = mkdtempSync(join(tmpdir(), 'drydock-verify-lines-'));
  try {
    const [copy, tools] = [join(root, 'report'), join(root, 'tools')];
    cpSync(folder, copy, { recursive: true });
    mkdirSync(tools);
    for (const tool of ['ssh-keygen', 'sha256sum']) symlinkSync(pathOf(tool), join(tools, tool));
    writeFileSync(join(copy, 'allowed_signers'), allowedSigners);
    return lines.map((line) => spawnSync('/bin/sh', ['-c', line], { cwd: copy, env: { PATH: tools, LC_ALL: 'C' } }).status);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The lines of a report's VERIFY.txt that are commands. */
export function verifyLines(folder: string): readonly string[] {
  return readFileSync(join(folder, 'VERIFY.txt'), 'utf8').split('\n').filter((line) => /^(?:ssh-keygen|sha256sum) /.test(line));
}

function pathOf(tool: string): string {
  return execFileSync('/bin/sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim();
}
