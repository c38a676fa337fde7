import { describe, expect, it } from 'vitest';
import { createServerLog, errorFields } from './log.ts';

describe('the server log', () => {
  it('writes what is on the list and nothing else', () => {
    const lines: string[] = [];
    const log = createServerLog({ write: (line: string) => void lines.push(line) });
    const withMore = { route: '/auth/login', password: 'hunter2 hunter2', body: { token: 'abc' } };
    log.error('request failed', withMore);
    expect(lines.join('')).toContain('"route":"/auth/login"');
    expect(lines.join('')).not.toMatch(/hunter2|abc|password|body/);
  });

  it('tells the kind and place of an error, not its message', () => {
    const fields = errorFields(new TypeError('the password is hunter2'));
    expect(fields).toMatchObject({ errorName: 'TypeError' });
    expect(JSON.stringify(fields)).not.toContain('hunter2');
    expect(fields.stack).toContain('log.test.ts');
  });
});
