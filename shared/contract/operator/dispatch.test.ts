import { describe, expect, it } from 'vitest';
import { createOperatorClient } from './client.ts';
import { dispatch, type Handlers } from './dispatch.ts';
import { type ProcedureName, procedures } from './procedures.ts';
import { OperatorError } from './reply.ts';

const caller = { transport: 'in-process' } as const;

/** Handlers of which every one but those given fails loudly. */
function handlersWith(given: Partial<Handlers>): Handlers {
  const missing = async (): Promise<never> => {
    throw new Error('a secret detail that must not get out');
  };
  const all = Object.fromEntries(Object.keys(procedures).map((name) => [name, missing]));
  return { ...(all as unknown as Handlers), ...given };
}

async function ask(name: string, input: unknown, given: Partial<Handlers> = {}): Promise<{ readonly reply: unknown; readonly faults: readonly string[] }> {
  const faults: string[] = [];
  const reply = await dispatch(handlersWith(given), name, input, caller, (at) => faults.push(at));
  return { reply, faults };
}

describe('dispatch', () => {
  it.each(['constructor', '__proto__', 'toString', 'hasOwnProperty', '', 'plans.dryrun'])('does not know %j', async (name) => {
    expect((await ask(name, {})).reply).toMatchObject({ ok: false, problem: { code: 'unknown_procedure' } });
  });

  it('refuses unknown fields and says which', async () => {
    const { reply } = await ask('environments.use', { name: 'practice', caller: { transport: 'electron' } });
    expect(reply).toMatchObject({ ok: false, problem: { code: 'invalid_request', errors: [{ path: '' }] } });
  });

  it('passes on what a handler says, and nothing that a fault says', async () => {
    const told = await ask('environments.use', { name: 'x' }, {
      'environments.use': async () => {
        throw new OperatorError({ code: 'unknown_environment', title: 'No such environment', detail: 'Add it first.', request_id: null });
      },
    });
    expect(told.reply).toMatchObject({ ok: false, problem: { code: 'unknown_environment' } });
    const fault = await ask('environments.use', { name: 'x' });
    expect(fault.reply).toMatchObject({ ok: false, problem: { code: 'internal' } });
    expect(JSON.stringify(fault.reply)).not.toContain('secret detail');
    expect(fault.faults).toEqual(['environments.use']);
  });

  it('lets no answer out that is not of the declared form', async () => {
    const leaky = async (): Promise<{ handle: string; file_name: string }> => ({ handle: 'h', file_name: 'f', path: '/home/ann' }) as never;
    const { reply, faults } = await ask('sources.openSample', { playbook: 'account-prep' }, { 'sources.openSample': leaky });
    expect(reply).toMatchObject({ ok: false, problem: { code: 'internal' } });
    expect(faults).toEqual(['sources.openSample']);
  });
});

describe('the operator client', () => {
  const client = (answer: unknown) => createOperatorClient(async (_name: ProcedureName) => answer);

  it('gives the value of a good reply', async () => {
    await expect(client({ ok: true, value: { handle: 'h', file_name: 'f.csv' } }).call('sources.openSample', { playbook: 'account-prep' })).resolves.toEqual({ handle: 'h', file_name: 'f.csv' });
  });

  it('throws the problem of a refusal', async () => {
    const problem = { code: 'unknown_environment', title: 't', detail: 'd', request_id: null };
    await expect(client({ ok: false, problem }).call('environments.use', { name: 'x' })).rejects.toMatchObject({ problem });
  });

  it.each([[undefined], ['<html>'], [{ ok: true, value: { handle: 3 } }], [{ ok: 'yes' }]])('takes %j for no answer at all', async (answer) => {
    await expect(client(answer).call('sources.openSample', { playbook: 'account-prep' })).rejects.toMatchObject({ problem: { code: 'unreadable_reply' } });
  });
});
