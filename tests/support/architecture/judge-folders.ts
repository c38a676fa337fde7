import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type FolderRule, testAllowance } from './folder-rules.ts';
import { type Import, importsOf } from './imports-of.ts';

/** What was read, so that reading nothing is not taken for finding nothing wrong. */
export type Judgement = {
  readonly files: number;
  readonly imports: number;
  readonly violations: readonly string[];
  /** Rules that covered no file: left over, or misspelt. */
  readonly idleRules: readonly FolderRule[];
};

const NOT_OURS = new Set(['node_modules', 'dist', 'release', 'coverage', 'results']);
/** Tests, and what only they use: `x.testing.ts`, or a folder `testing/`. */
const TEST = /\.(test|testing)\.tsx?$|\/testing\//;
/** Benches measure what they make up with the tests' own parts. */
const MEASURED = /^bench\//;
const SOURCE = /\.[cm]?[jt]sx?$/;

/** Reads every source file below `root` and holds each of its imports against the rule of its folder. */
export function judgeFolders(root: string, rules: readonly FolderRule[]): Judgement {
  const files = sourceFiles(root, '');
  const violations: string[] = [];
  const usedRules = new Set<FolderRule>();
  let imports = 0;
  for (const path of files) {
    const rule = rules.find((candidate) => candidate.files.test(path));
    if (rule === undefined) {
      violations.push(`${path}: no rule covers this file`);
      continue;
    }
    usedRules.add(rule);
    for (const one of importsOf(path, readFileSync(join(root, path), 'utf8'))) {
      imports += 1;
      const fault = faultOf(path, one, rule);
      if (fault !== undefined) violations.push(`${path}:${one.line}: ${fault}`);
    }
  }
  return { files: files.length, imports, violations, idleRules: rules.filter((rule) => !usedRules.has(rule)) };
}

function faultOf(path: string, one: Import, rule: FolderRule): string | undefined {
  const isTest = TEST.test(path);
  const caught = rule.files.exec(path)?.[1] ?? '';
  switch (one.kind) {
    case 'file': {
      if (TEST.test(one.path) && !isTest && !MEASURED.test(path)) return `may not import ${one.path}, which is for tests`;
      const allowed = [...rule.mayImport, ...(isTest ? testAllowance.mayImport : [])].map((beginning) => beginning.replace('$1', caught));
      return allowed.some((beginning) => one.path.startsWith(beginning)) ? undefined : `may not import ${one.path}`;
    }
    case 'package': {
      const allowed = [...rule.packages, ...(isTest ? testAllowance.packages : [])];
      return allowed.some((pattern) => coversPackage(pattern, one.name)) ? undefined : `may not import the package ${one.name}`;
    }
    case 'computed':
      return /^(bin|tests)\//.test(path) ? undefined : `imports by a computed name: ${one.text}`;
  }
}

function coversPackage(pattern: string, name: string): boolean {
  if (pattern === '*') return true;
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

function sourceFiles(root: string, folder: string): string[] {
  return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) || entry.name.startsWith('.') ? [] : sourceFiles(root, path);
    return SOURCE.test(entry.name) || (folder === 'bin' && !entry.name.includes('.')) ? [path] : [];
  });
}
