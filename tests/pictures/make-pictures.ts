// npm run pictures: pictures of the real window on practice data, for the README and for whoever looks at the whole of it.
// Without an argument the README's two are made again; with a folder, every step and screen in both themes and two sizes.
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { projectFolder } from '../support/command-line.ts';
import { goTheWholeWay, lookAtTheScreens, lookMoreClosely } from '../support/window-way.ts';
import { openWindowSession } from '../support/window-session.ts';

const sizes = [
  { width: 1440, height: 900 },
  { width: 1024, height: 700 },
] as const;
const themes = ['light', 'dark'] as const;

/** Goes the whole way once and calls `picture` wherever there is something to see. */
async function walk(size: (typeof sizes)[number], theme: (typeof themes)[number], pathOf: (name: string) => string | null): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'drydock-pictures-'));
  const session = await openWindowSession(home, { ...size, colorScheme: theme });
  try {
    const atStep = async (name: string): Promise<void> => {
      const path = pathOf(name);
      if (path === null) return;
      await session.page.mouse.move(0, 0);
      await session.page.waitForLoadState('networkidle');
      await session.page.screenshot({ path });
    };
    await goTheWholeWay(session.page, atStep);
    await lookAtTheScreens(session.page, atStep);
    await lookMoreClosely(session.page, atStep);
  } finally {
    await session.close();
    await rm(home, { recursive: true, force: true });
  }
}

const folder = process.argv[2];
if (folder === undefined) {
  const images = join(projectFolder, 'docs', 'images');
  await mkdir(images, { recursive: true });
  for (const theme of themes) await walk(sizes[0], theme, (name) => (name === 'dry-run' ? join(images, `dry-run-${theme}.png`) : null));
} else {
  await mkdir(folder, { recursive: true });
  for (const size of sizes) {
    for (const theme of themes) {
      let place = 0;
      await walk(size, theme, (name) => join(folder, `${theme}-${String(size.width)}-${String((place += 1)).padStart(2, '0')}-${name}.png`));
    }
  }
}
