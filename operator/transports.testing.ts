import { randomBytes } from 'node:crypto';
import { type OperatorClient, createOperatorClient } from '../shared/contract/operator/client.ts';
import { startBrowserHost } from './hosts/browser-host.ts';
import type { Operator } from './operator.ts';

/** A way to carry calls to an operator, as a test opens and closes it. */
export interface TestTransport {
  readonly client: OperatorClient;
  close(): Promise<void>;
}

/** Every transport that can be had without a window: the suites of procedures run over each. */
export const testTransports: Readonly<Record<string, (operator: Operator, pageFolder: string) => Promise<TestTransport>>> = {
  'in process': async (operator) => ({
    client: createOperatorClient((name, input) => operator.call(name, input, { transport: 'in-process' })),
    close: async () => undefined,
  }),
  'loopback HTTP': async (operator, pageFolder) => {
    const host = await startBrowserHost({ operator, pageFolder, randomBytes });
    const headers = { 'Content-Type': 'application/json', Origin: host.origin };
    const key = new URL(host.address).hash.slice(1);
    const exchanged = await fetch(`${host.origin}/session`, { method: 'POST', headers, body: JSON.stringify({ key }) });
    const { token } = (await exchanged.json()) as { token: string };
    return {
      client: createOperatorClient(async (name, input) => {
        const response = await fetch(`${host.origin}/rpc/${name}`, { method: 'POST', headers: { ...headers, Authorization: `Bearer ${token}` }, body: JSON.stringify(input) });
        return response.json();
      }),
      close: () => host.close(),
    };
  },
};
