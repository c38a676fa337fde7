import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { partialName, removeLeftovers } from './partial-name.ts';

/** They hold personal data that nobody would ever find; and one that is still being written must not go. */
it('removes what a killed export left, and nothing that is still being written, of another machine, or not an export', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'drydock-leftovers-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const mine = partialName(randomBytes);
  const dead = partialName(randomBytes).replace(`-${process.pid}-`, `-${spawnSync('true').pid}-`);
  const elsewhere = dead.replace(/report-[0-9a-f]{8}/, 'report-00000000');
  const kept = [mine, elsewhere, '.something.partial', 'report'];
  for (const name of [dead, ...kept]) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'report.json'), '{}');
  }
  await removeLeftovers(folder);
  expect(readdirSync(folder).sort()).toEqual(kept.toSorted());
});
