import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserWindow, Display, Rectangle } from 'electron';
import { z } from 'zod';

const stateSchema = z.object({
  width: z.int().min(640).max(16_384),
  height: z.int().min(480).max(16_384),
  x: z.int().optional(),
  y: z.int().optional(),
  isMaximized: z.boolean(),
  isFullScreen: z.boolean().optional(),
});

/** How the window stood. Without a place it is centred. */
export interface WindowState {
  readonly width: number;
  readonly height: number;
  readonly place: { readonly x: number; readonly y: number } | undefined;
  readonly isMaximized: boolean;
  readonly isFullScreen: boolean;
}

const FIRST_STATE: WindowState = { width: 1440, height: 900, place: undefined, isMaximized: false, isFullScreen: false };

/** As much of the top of a window has to be on a display that a person can take hold of it. */
const GRIP_WIDTH = 120;
const GRIP_HEIGHT = 32;

/** The window as it was left, or as at first where nothing usable is kept. Its place counts only while its display is there. */
export function readWindowState(home: string, displays: readonly Pick<Display, 'workArea'>[]): WindowState {
  try {
    const { width, height, x, y, isMaximized, isFullScreen = false } = stateSchema.parse(JSON.parse(readFileSync(join(home, 'window.json'), 'utf8')));
    const place = x === undefined || y === undefined ? undefined : { x, y };
    return { width, height, place: place !== undefined && displays.some(({ workArea }) => canBeHeld({ ...place, width, height }, workArea)) ? place : undefined, isMaximized, isFullScreen };
  } catch {
    return FIRST_STATE;
  }
}

/** Whether the window's upper edge can be taken hold of on this display. */
function canBeHeld({ x, y, width }: Rectangle, area: Rectangle): boolean {
  const seenWidth = Math.min(x + width, area.x + area.width) - Math.max(x, area.x);
  return seenWidth >= GRIP_WIDTH && y >= area.y && y + GRIP_HEIGHT <= area.y + area.height;
}

/** Keeps how the window stands for next time. Losing it is no harm, so that a full disk does not stop the app from closing. */
export function keepWindowState(home: string, window: Pick<BrowserWindow, 'getNormalBounds' | 'isMaximized' | 'isFullScreen'>): void {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    writeFileSync(join(home, 'window.json'), JSON.stringify({ ...window.getNormalBounds(), isMaximized: window.isMaximized(), isFullScreen: window.isFullScreen() }));
  } catch {
    // Next time it opens as if for the first time.
  }
}
