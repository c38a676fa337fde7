import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectFolder } from './command-line.ts';
import { openWindowSession } from './window-session.ts';
import { goTheWholeWay } from './window-way.ts';

/** Steps of the way that docs show, and the file that each one becomes. */
const PICTURES: ReadonlyMap<string, string> = new Map([
  ['dry-run', 'window.png'],
  ['report-verified', 'report.png'],
]);

// npm run screenshots: goes the whole way on the practice sample in the built window, and keeps what it looks like.
const folder = join(projectFolder, 'docs', 'images');
const home = mkdtempSync(join(tmpdir(), 'drydock-pictures-'));
mkdirSync(folder, { recursive: true });
const session = await openWindowSession(home, { width: 1440, height: 900 });
try {
  await goTheWholeWay(session.page, async (step) => {
    const name = PICTURES.get(step);
    if (name !== undefined) await session.page.screenshot({ path: join(folder, name) });
  });
} finally {
  await session.close();
  rmSync(home, { recursive: true, force: true });
}
