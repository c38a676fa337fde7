// Makes the app's icons from renderer/icon.svg, in the three forms that installers want: `node scripts/make-icons.ts`.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright';
import { CHROMIUM_FLAGS, findChromium } from './lib/chromium.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'resources', 'icons');
const svg = readFileSync(join(root, 'renderer', 'icon.svg'), 'utf8');

const ICO_SIZES = [16, 32, 48, 256];
/** Apple's names for PNGs of a size in an icns file. */
const ICNS_TYPES = [['ic07', 128], ['ic08', 256], ['ic09', 512]] as const;

const pictures = await drawPictures([...new Set([...ICO_SIZES, ...ICNS_TYPES.map(([, size]) => size)])]);
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'icon.png'), picture(512));
writeFileSync(join(folder, 'icon.ico'), icoOf(ICO_SIZES));
writeFileSync(join(folder, 'icon.icns'), icnsOf());

async function drawPictures(sizes: readonly number[]): Promise<ReadonlyMap<number, Buffer>> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('There is no Chromium on this machine to draw the icon with.');
  const browser = await chromium.launch({ executablePath, args: [...CHROMIUM_FLAGS] });
  try {
    const drawn = new Map<number, Buffer>();
    const page = await browser.newPage();
    for (const size of sizes) {
      await page.setViewportSize({ width: size, height: size });
      await page.setContent(`<style>*{margin:0}svg{display:block;width:100vw;height:100vh}</style>${svg}`);
      drawn.set(size, await page.screenshot({ omitBackground: true }));
    }
    return drawn;
  } finally {
    await browser.close();
  }
}

function picture(size: number): Buffer {
  const png = pictures.get(size);
  if (png === undefined) throw new Error(`no picture of ${size} was drawn`);
  return png;
}

/** A header, an entry of 16 bytes a picture, then the PNGs. */
function icoOf(sizes: readonly number[]): Buffer {
  const header = Buffer.alloc(6 + 16 * sizes.length);
  header.writeUInt16LE(1, 2);
  header.writeUInt16LE(sizes.length, 4);
  let offset = header.length;
  for (const [place, size] of sizes.entries()) {
    const at = 6 + 16 * place;
    // 256 is written as 0.
    header.writeUInt8(size % 256, at);
    header.writeUInt8(size % 256, at + 1);
    header.writeUInt16LE(1, at + 4);
    header.writeUInt16LE(32, at + 6);
    header.writeUInt32LE(picture(size).length, at + 8);
    header.writeUInt32LE(offset, at + 12);
    offset += picture(size).length;
  }
  return Buffer.concat([header, ...sizes.map(picture)]);
}

/** Blocks of a name, a length and a PNG, in a block of their own. */
function icnsOf(): Buffer {
  const blocks = ICNS_TYPES.map(([type, size]) => block(type, picture(size)));
  return block('icns', Buffer.concat(blocks));
}

function block(type: string, content: Buffer): Buffer {
  const head = Buffer.alloc(8);
  head.write(type, 'latin1');
  head.writeUInt32BE(content.length + 8, 4);
  return Buffer.concat([head, content]);
}
