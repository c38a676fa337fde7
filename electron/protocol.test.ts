import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { answerPageRequest } from './protocol.ts';

let home: string;
let page: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'drydock-page-'));
  page = join(home, 'page');
  mkdirSync(page);
  writeFileSync(join(page, 'index.html'), '<!doctype html>');
  writeFileSync(join(home, 'secret.json'), 'canary');
  symlinkSync(join(home, 'secret.json'), join(page, 'link.json'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test('the page comes with its policy', async () => {
  const answer = await answerPageRequest(page, { method: 'GET', url: 'app://drydock/index.html' });
  expect([answer.status, await answer.text()]).toEqual([200, '<!doctype html>']);
  expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'");
});

test.each([
  ['app://other/index.html', 403],
  ['app://drydock@other/index.html', 403],
  ['app://drydock:8/index.html', 403],
  ['file:///etc/passwd', 403],
  ['app:', 403],
  ['app://drydock/../secret.json', 404],
  ['app://drydock/..%2fsecret.json', 404],
  ['app://drydock/%2e%2e/secret.json', 404],
  ['app://drydock/link.json', 404],
  ['app://drydock/none.html', 404],
])('%s is answered with %i', async (url, status) => {
  const answer = await answerPageRequest(page, { method: 'GET', url });
  expect(answer.status).toBe(status);
  expect(await answer.text()).toBe('');
});

test('nothing can be sent to it', async () => {
  expect((await answerPageRequest(page, { method: 'POST', url: 'app://drydock/index.html' })).status).toBe(403);
});
