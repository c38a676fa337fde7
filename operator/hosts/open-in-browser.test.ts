import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { openInBrowser } from './open-in-browser.ts';

function newHome(): string {
  const home = mkdtempSync(join(tmpdir(), 'drydock-launch-'));
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  return home;
}

const node = (script: string): string[] => [process.execPath, '-e', script];

describe('opening the window in a browser', () => {
  it('hands over a file that only its owner may read, and takes it away when asked', async () => {
    const home = newHome();
    const remove = await openInBrowser('http://127.0.0.1:1/#key', node(''), home, 'launch');
    const path = join(home, 'launch', 'launch.html');
    expect(statSync(path).mode & 0o777).toBe(0o600);
    remove();
    expect(existsSync(path)).toBe(false);
  });

  it('does not wait for an opener that stays as long as its browser', async () => {
    await openInBrowser('http://127.0.0.1:1/#key', node('setTimeout(() => {}, 2_000)'), newHome(), 'launch', 20);
  });

  it.each([['fails', node('process.exit(3)')], ['is not there', ['/nowhere/at/all']]])('leaves no file behind where the opener %s', async (_, opener) => {
    const home = newHome();
    await expect(openInBrowser('http://127.0.0.1:1/#key', opener, home, 'launch')).rejects.toThrow(/ended with 3|ENOENT/);
    expect(readdirSync(join(home, 'launch'))).toEqual([]);
  });
});
