import { expect, it } from 'vitest';
import type { Environment } from '../../shared/contract/operator/environments.ts';
import { stubSession } from '../stub-admin-api.testing.ts';
import { problem } from '../problems.ts';
import { createTrust } from './trust.ts';

const practice = (name: string, current: boolean): Environment => ({ name, url: `http://127.0.0.1/${name}`, kind: 'practice', environment_id: 'practice', receipt_public_key: stubSession.receipt_public_key, current, has_token: true, pin_changed: null });

/** The window's practice server and one of the command line, under one home: a good report would be said not to hold. */
it('asks the environment that calls go to, where another one says the same id of itself', async () => {
  const asked: (string | undefined)[] = [];
  const environments = {
    list: () => [practice('window', false), practice('command-line', true)],
    connect: async (name?: string) => {
      asked.push(name);
      throw problem('unreachable', 'away', 'nothing');
    },
  };
  await createTrust(environments, { fetch: async () => [], remembered: () => undefined }).ofEnvironment('practice');
  expect(asked).toEqual(['command-line']);
});
