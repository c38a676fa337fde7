import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { WindowEvent } from '../shared/contract/window/events.ts';
import { csvInArguments, offerFile } from './opened-files.ts';
import { openRecentFiles } from './recent-files.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'drydock-recent-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test('recent files are kept newest first, ten of them, for their owner alone', () => {
  const recent = openRecentFiles(home);
  for (let count = 0; count < 12; count += 1) recent.add(`/data/${count}.csv`);
  recent.add('/data/5.csv');
  expect(openRecentFiles(home).list()).toEqual(['5', '11', '10', '9', '8', '7', '6', '4', '3', '2'].map((name) => `/data/${name}.csv`));
  expect(statSync(join(home, 'recent-files.json')).mode & 0o777).toBe(0o600);
});

test('clearing forgets them on disk too', () => {
  const recent = openRecentFiles(home);
  recent.add('/data/cohort.csv');
  recent.clear();
  expect([recent.list(), existsSync(join(home, 'recent-files.json'))]).toEqual([[], false]);
});

test.each(['', '{', '{"paths":["relative.csv"]}', '{"paths":[7]}', '[]'])('a list that was damaged is an empty one: %j', (text) => {
  writeFileSync(join(home, 'recent-files.json'), text);
  expect(openRecentFiles(home).list()).toEqual([]);
});

test('a home that cannot be written keeps them for as long as the app is open', () => {
  const recent = openRecentFiles(join(home, 'not-there'));
  recent.add('/data/cohort.csv');
  expect(recent.list()).toEqual(['/data/cohort.csv']);
});

test('a launch is searched for CSVs, past its own program and every switch', () => {
  expect(csvInArguments(['drydock', '--practice', 'a.CSV', '/b/c.tsv', 'notes.pdf', '--log=x.csv'], '/work', true)).toEqual(['/work/a.CSV', '/b/c.tsv']);
  expect(csvInArguments(['electron', 'app.csv', 'a.csv'], '/work', false)).toEqual(['/work/a.csv']);
});

test('an opened file reaches the window as a handle and a name; one that is gone is told and forgotten', async () => {
  const told: WindowEvent[] = [];
  const noted: string[] = [];
  const parts = { files: { add: () => 'file_1' }, teller: { tell: (event: WindowEvent) => void told.push(event) }, note: (path: string) => void noted.push(`+${path}`), forget: (path: string) => void noted.push(`-${path}`) };
  writeFileSync(join(home, 'cohort.csv'), 'a\n');
  await offerFile(join(home, 'cohort.csv'), parts);
  await offerFile(join(home, 'gone.csv'), parts);
  await offerFile(home, parts);
  expect(told.map(({ kind }) => kind)).toEqual(['file-offered', 'file-missing', 'file-missing']);
  expect(JSON.stringify(told)).not.toContain(tmpdir());
  expect(noted).toEqual([`+${join(home, 'cohort.csv')}`, `-${join(home, 'gone.csv')}`, `-${home}`]);
});
