import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const project = fileURLToPath(new URL('..', import.meta.url));

/** Where the user tables may be named: the directory that owns them, the steps that make them, and their description for Kysely. */
const owners = /^server\/(directory|migrations|store\/tables)\//;

/** A user table as a statement names it, not the word in a comment or a message. */
const named = /\b(from|join|into|update|using|of|table|on) (public\.)?(users|user_emails|stripe_links)\b(?! (who|that|of|are))|['"](users|user_emails|stripe_links)['"]/;

function lines(): { file: string; line: string }[] {
  return globSync('server/**/*.ts', { cwd: project })
    .map((file) => file.replaceAll('\\', '/'))
    .filter((file) => !file.endsWith('.test.ts') && !owners.test(file))
    .flatMap((file) => readFileSync(`${project}${file}`, 'utf8').split('\n').map((line) => ({ file, line })));
}

test('no statement of the server names a user table but those of the directory, or a server with its own tables would read ours', () => {
  const read = lines();
  expect(read.length).toBeGreaterThan(5000);
  expect(read.filter(({ line }) => named.test(line)).map(({ file, line }) => `${file}: ${line.trim()}`)).toEqual([]);
});

test.each(['select id from users where id = $1', 'join user_emails e on true', 'insert into stripe_links (user_id)', 'update users u set', "selectFrom('users')"])('%s would be seen', (statement) => {
  expect(named.test(statement)).toBe(true);
});
