/**
 * Calls between the process in which the built main runs and the test's own, which plays Chromium and the person. The
 * two are joined by Node's channel with `serialization: 'advanced'`: what passes is structured-cloned, as between
 * Electron's processes, and what cannot be cloned is refused.
 */
export type Remote<Side> = { readonly [Name in keyof Side]: Side[Name] extends (...args: infer Args) => infer Result ? (...args: Args) => Promise<Awaited<Result>> : never };

/** One end of the channel: a child process, or the `process` of a child. */
export interface Channel {
  send?(message: unknown): boolean;
  on(event: 'message', listener: (message: unknown) => void): unknown;
}

type Message =
  | { readonly kind: 'ask'; readonly id: number; readonly name: string; readonly args: readonly unknown[] }
  | { readonly kind: 'answer'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'fault'; readonly id: number; readonly message: string };

/** Answers the other side's calls from `own`, and gives its calls as functions. */
export function joinProcesses<Own extends object, Other extends object>(channel: Channel, own: Own): Remote<Other> {
  const waiting = new Map<number, { readonly resolve: (value: unknown) => void; readonly reject: (fault: Error) => void }>();
  let lastId = 0;
  const send = (message: Message): void => void channel.send?.(message);

  async function answer({ id, name, args }: Extract<Message, { kind: 'ask' }>): Promise<void> {
    try {
      const handler = Object.entries(own).find(([key]) => key === name)?.[1] as ((...args: readonly unknown[]) => unknown) | undefined;
      if (handler === undefined) throw new Error(`nobody answers ${name}`);
      send({ kind: 'answer', id, value: await handler(...args) });
    } catch (thrown) {
      send({ kind: 'fault', id, message: thrown instanceof Error ? thrown.message : String(thrown) });
    }
  }

  channel.on('message', (raw) => {
    const message = raw as Message;
    if (message.kind === 'ask') return void answer(message);
    const asked = waiting.get(message.id);
    waiting.delete(message.id);
    if (message.kind === 'answer') asked?.resolve(message.value);
    else asked?.reject(new Error(message.message));
  });

  return new Proxy({} as Remote<Other>, {
    get: (_target, name) =>
      name === 'then'
        ? undefined
        : (...args: readonly unknown[]) =>
            new Promise<unknown>((resolve, reject) => {
              lastId += 1;
              waiting.set(lastId, { resolve, reject });
              send({ kind: 'ask', id: lastId, name: String(name), args });
            }),
  });
}
