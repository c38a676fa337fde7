import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, test } from 'vitest';
import { folderRules } from './support/architecture/folder-rules.ts';
import { type Judgement, judgeFolders } from './support/architecture/judge-folders.ts';

const project = fileURLToPath(new URL('..', import.meta.url));
const trees: string[] = [];

afterAll(() => {
  for (const tree of trees) rmSync(tree, { recursive: true, force: true });
});

/** Judges a made-up project, given as path -> text. */
function judgeTree(files: Readonly<Record<string, string>>): Judgement {
  const tree = mkdtempSync(join(tmpdir(), 'drydock-architecture-'));
  trees.push(tree);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  }
  return judgeFolders(tree, folderRules);
}

describe('the folders of Drydock', () => {
  const judgement = judgeFolders(project, folderRules);

  test('were read at all', () => {
    expect(judgement.files).toBeGreaterThan(200);
    expect(judgement.imports).toBeGreaterThan(500);
  });

  test('import only what their rule allows, and every file has a rule', () => {
    expect(judgement.violations).toEqual([]);
  });

  test('fill every rule but those of folders to come', () => {
    const idle = judgement.idleRules.map((rule) => rule.files.source).filter((source) => !/^\^(workers|bench)/.test(source));
    expect(idle, 'a rule that covers nothing is left over, or misspelt').toEqual([]);
  });
});

describe('a forbidden import is seen', () => {
  const ways = {
    'as an import': `import { x } from '../../operator/x.ts';`,
    'for its effects': `import '../../operator/x.ts';`,
    'as a type': `import type { X } from '../../operator/x.ts';`,
    'as an inline type': `import { type X } from '../../operator/x.ts';`,
    'as an export': `export { x } from '../../operator/x.ts';`,
    'as an export of everything': `export * from '../../operator/x.ts';`,
    'as an export of a type': `export type { X } from '../../operator/x.ts';`,
    'as a dynamic import': `export const x = () => import('../../operator/x.ts');`,
    'as the type of a dynamic import': `export type X = import('../../operator/x.ts').X;`,
    'as a require': `export const x = require('../../operator/x.ts');`,
    'as an import by require': `import x = require('../../operator/x.ts');`,
    'as a worker': `export const x = new URL('../../operator/x.ts', import.meta.url);`,
  };
  test.each(Object.entries(ways))('%s', (_way, text) => {
    const { violations } = judgeTree({ 'shared/core/bad.ts': text, 'operator/x.ts': 'export const x = 1;' });
    expect(violations).toEqual(['shared/core/bad.ts:1: may not import operator/x.ts']);
  });

  test.each([
    ['operator/bad.ts', `import { app } from 'electron';`, 'may not import the package electron'],
    ['shared/core/bad.ts', `import { readFileSync } from 'node:fs';`, 'may not import the package node:fs'],
    ['shared/core/bad.ts', `import { readFileSync } from 'fs';`, 'may not import the package node:fs'],
    ['renderer/bad.tsx', `import type { Server } from '../server/app.ts';`, 'may not import server/app.ts'],
    ['renderer/bad.tsx', `import { x } from '../shared/playbooks/registry.ts';`, 'may not import shared/playbooks/registry.ts'],
    ['server/bad.ts', `import { x } from '../operator/operator.ts';`, 'may not import operator/operator.ts'],
    ['cli/bad.ts', `import { x } from '../server/main.ts';`, 'may not import server/main.ts'],
    ['shared/playbooks/credits/bad.ts', `import { x } from '../account-prep/plan.ts';`, 'may not import shared/playbooks/account-prep/plan.ts'],
    ['electron/preload.ts', `import { z } from 'zod';`, 'may not import the package zod'],
    ['server/x.ts', `import { x } from '../tests/support/x.ts';`, 'may not import tests/support/x.ts'],
    ['server/x.ts', `import { x } from './folder.testing.ts';`, 'may not import server/folder.testing.ts, which is for tests'],
    ['server/x.ts', `export const x = (name: string) => import(name);`, 'imports by a computed name: name'],
  ])('in %s: %s', (path, text, fault) => {
    expect(judgeTree({ [path]: text }).violations).toEqual([`${path}:1: ${fault}`]);
  });
});

test('a file that no rule covers is seen', () => {
  expect(judgeTree({ 'helpers/x.ts': '', 'loose.ts': '' }).violations).toEqual(['helpers/x.ts: no rule covers this file', 'loose.ts: no rule covers this file']);
});

test('what may be imported is let through, in tests with their tools', () => {
  const { violations, imports } = judgeTree({
    'shared/core/a.ts': `import { z } from 'zod'; export * from './b.ts';`,
    'shared/core/a.test.ts': `import { test } from 'vitest'; import { createHash } from 'node:crypto'; import { x } from '../../tests/support/x.ts';`,
    'electron/main.ts': `import { app } from 'electron'; import { createOperator } from '../operator/operator.ts';`,
  });
  expect(violations).toEqual([]);
  expect(imports).toBe(7);
});

test('an empty project is told from a good one', () => {
  expect(judgeTree({})).toEqual({ files: 0, imports: 0, violations: [], idleRules: folderRules });
});
