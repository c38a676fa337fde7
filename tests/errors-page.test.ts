import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { fileErrorWordings, rejectWordings, warningWordings } from '../shared/core/check-codes.ts';
import { errorHelpGroups } from '../shared/core/error-help/catalogue.ts';
import { errorsPage } from '../shared/core/error-help/errors-page.ts';
import { planWarningWords } from '../shared/core/plan-warnings.ts';
import { problemWordings } from '../shared/core/problem-codes.ts';

const project = join(import.meta.dirname, '..');
const sections = errorHelpGroups.flatMap(({ codes }) => Object.keys(codes));

/** Where problems are made that no table lists. */
const SOURCES = ['{operator,electron,renderer,cli}/**/*.{ts,tsx}', 'shared/contract/operator/*.ts', 'server/explain-failure.ts', 'server/engine/*.ts'];
const FORMS = [
  /(?<![\w.])(?:problem|withCode)\(\s*'([a-z][a-z0-9_]*)'/g,
  /code:\s*'([a-z][a-z0-9_]*)',\s*(?:\/\/[^\n]*\n\s*)?(?:title|message)\b/g,
  /code:\s*[^,{}'\n]*\?\s*'([a-z][a-z0-9_]*)'\s*:\s*'([a-z][a-z0-9_]*)',\s*title/g,
  /\?\?\s*'([a-z]+_[a-z0-9_]*)',\s*'[A-Z]/g,
];

const texts = SOURCES.flatMap((pattern) => globSync(pattern, { cwd: project }))
  .filter((path) => !/\.test\.|\.testing\.|renderer\/testing\//.test(path))
  .map((path) => ({ path, text: readFileSync(join(project, path), 'utf8') }));

const made = new Set(texts.flatMap(({ text }) => FORMS.flatMap((form) => [...text.matchAll(form)].flatMap(([, ...codes]) => codes.filter((code) => typeof code === 'string')))));
const listed = [problemWordings, fileErrorWordings, rejectWordings, warningWordings, planWarningWords].flatMap((table) => Object.keys(table));
const decided = ['decided_twice', 'not_in_cohort'];

test('every code that can reach a person has a section', () => {
  expect(made.size, 'the search for codes has lost its way').toBeGreaterThan(80);
  expect([...made, ...listed, ...decided].filter((code) => !sections.includes(code))).toEqual([]);
});

test('every section is of a code that there is, and stands once', () => {
  expect(sections.filter((code) => !made.has(code) && !listed.includes(code) && !decided.includes(code))).toEqual([]);
  expect(sections.filter((code, place) => sections.indexOf(code) !== place)).toEqual([]);
});

test('problems are made with their code in plain sight, but where one is passed on', () => {
  const passedOn = texts.filter(({ text }) => /(?<![\w.])problem\((?!\s*')(?!\s*code: string)/.test(text.replaceAll(/export function problem\(/g, ''))).map(({ path }) => path);
  expect(passedOn.toSorted()).toEqual(['operator/conformance/run-conformance.ts', 'operator/handlers/sources.ts', 'operator/journal/whole-file.ts']);
});

test('docs/errors.md is what the catalogue says: after a change there, npm run errors', () => {
  expect(readFileSync(join(project, 'docs', 'errors.md'), 'utf8')).toBe(errorsPage());
});

test('each section is calm and whole', () => {
  for (const { codes } of errorHelpGroups) {
    for (const [code, { happened, stays, remedy }] of Object.entries(codes)) {
      for (const text of [happened, stays, remedy].filter((one) => one !== '')) expect(text, code).toMatch(/^[A-Z"][^!]*\.$/);
    }
  }
});
