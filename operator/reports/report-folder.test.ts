import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { problemOf } from '../problems.ts';
import { beginReportFolder } from './report-folder.ts';

/** Both have seen that nothing is there: the second would lie in the first, or be told of a fault. */
it('two reports that are given one name at the same moment: one has it, the other is told that it is taken', async () => {
  const root = mkdtempSync(join(tmpdir(), 'drydock-folder-'));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  const place = join(root, 'report');
  const folders = await Promise.all(
    ['one', 'other'].map(async (text) => {
      const folder = await beginReportFolder(place, randomBytes);
      const file = await folder.create('results.csv');
      await file.write(text);
      await file.end();
      return folder;
    }),
  );
  const results = await Promise.allSettled(folders.map(async (folder) => folder.publish(place)));
  expect(results.map((result) => (result.status === 'fulfilled' ? 'published' : problemOf(result.reason)?.code ?? 'a fault')).toSorted()).toEqual(['published', 'report_exists']);
  const winner = results.findIndex(({ status }) => status === 'fulfilled');
  expect(readFileSync(join(place, 'results.csv'), 'utf8')).toBe(['one', 'other'][winner]);
  await folders[1 - winner]?.discard();
  expect(readdirSync(root)).toEqual(['report']);
});
