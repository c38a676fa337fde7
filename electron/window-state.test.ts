import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepWindowState, readWindowState } from './window-state.ts';

const displays = [{ workArea: { x: 0, y: 0, width: 1920, height: 1040 } }, { workArea: { x: 1920, y: 0, width: 1280, height: 984 } }];

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'drydock-state-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function keep(x: number, y: number, more: { readonly isMaximized?: boolean; readonly isFullScreen?: boolean } = {}): void {
  keepWindowState(home, { getNormalBounds: () => ({ x, y, width: 1200, height: 800 }), isMaximized: () => more.isMaximized === true, isFullScreen: () => more.isFullScreen === true });
}

test('the window opens where it was left, on the second display too, maximised or full-screen as it was', () => {
  keep(2000, 40, { isMaximized: true, isFullScreen: true });
  expect(readWindowState(home, displays)).toEqual({ width: 1200, height: 800, place: { x: 2000, y: 40 }, isMaximized: true, isFullScreen: true });
});

test.each([
  ['a display that is gone', 2000, 40, displays.slice(0, 1)],
  ['above every display', 100, -200, displays],
  ['below every display', 100, 1039, displays],
  ['left of every display but for a sliver', -1190, 40, displays],
])('a place on %s is given up: the window is centred, in its size', (_which, x, y, there) => {
  keep(x, y);
  expect(readWindowState(home, there)).toMatchObject({ width: 1200, height: 800, place: undefined });
});

test.each(['', '{', '{"width":1,"height":1,"isMaximized":false}'])('what was damaged opens as if for the first time: %j', (text) => {
  writeFileSync(join(home, 'window.json'), text);
  expect(readWindowState(home, displays)).toMatchObject({ width: 1440, height: 900, place: undefined });
});

test('what an earlier version kept, without a place, still counts', () => {
  writeFileSync(join(home, 'window.json'), '{"width":1300,"height":700,"isMaximized":true}');
  expect(readWindowState(home, displays)).toMatchObject({ width: 1300, height: 700, place: undefined, isMaximized: true, isFullScreen: false });
  keep(10, 10);
  expect(readFileSync(join(home, 'window.json'), 'utf8')).toContain('"x":10');
});
