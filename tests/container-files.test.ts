import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectFolder } from './support/command-line.ts';

const read = (name: string): string => readFileSync(join(projectFolder, name), 'utf8');

/** No container engine is to be had where this runs: what can be checked is that the files name what is there. */
describe('the container files', () => {
  const dockerfile = read('Dockerfile');
  const compose = read('compose.yaml');

  it('copy what is in the repository, or what a build makes', () => {
    const copied = [...dockerfile.matchAll(/COPY --from=build ([^\n]+) \S+$/gm)].flatMap(([, names = '']) => names.split(' ').map((name) => name.replace('/drydock/', '')));
    expect(copied.length).toBeGreaterThan(5);
    for (const name of copied.filter((path) => !path.startsWith('dist/'))) expect(existsSync(join(projectFolder, name)), name).toBe(true);
    for (const name of copied.filter((path) => path.startsWith('dist/'))) expect(read('vite.config.ts'), name).toMatch(new RegExp(`['/]${name.replace('dist/', '')}`));
  });

  it('run the Node that the project is pinned to', () => {
    const major = read('.nvmrc').trim().split('.')[0];
    expect([...dockerfile.matchAll(/^FROM node:(\d+)-/gm)].map(([, version]) => version)).toEqual([major, major]);
  });

  it('give settings that the server knows, and secrets that are declared', () => {
    const help = read('server/program.ts');
    const settings = [...compose.matchAll(/^ {6}((?:DRYDOCK|KLAVIYO)_[A-Z_]+):/gm)].map(([, name = '']) => name.replace(/_FILE$/, ''));
    expect(settings.length).toBeGreaterThan(4);
    for (const name of settings) expect(help, name).toContain(name);
    for (const [, name = ''] of compose.matchAll(/\/run\/secrets\/([a-z-]+)/g)) expect(compose, name).toContain(`${name}: { file: ./secrets/${name} }`);
  });

  it('say that nobody has built them', () => {
    for (const text of [dockerfile, compose, read('docs/operating.md')]) expect(text).toMatch(/not (?:built|run)/i);
  });
});
