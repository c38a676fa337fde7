import { type AskedOnTheWay, type CuttingProxy, startCuttingProxy } from './cutting-proxy.ts';

/** Kills whoever made a call: before the server hears of it, or when the server has answered. */
export type KillMoment = 'before_the_server' | 'after_the_server';

export type KillingProxy = CuttingProxy & { readonly killed: Promise<void> };

/** A proxy that lets everything through but the first POST whose path ends with `path`: at that call, `kill` is called. */
export async function startKillingProxy(target: string, path: string, moment: KillMoment, kill: () => Promise<void>): Promise<KillingProxy> {
  const { promise: killed, resolve } = Promise.withResolvers<void>();
  let isDone = false;
  const killAt = async (now: KillMoment, asked: AskedOnTheWay): Promise<boolean> => {
    if (isDone || now !== moment || asked.method !== 'POST' || !asked.path.endsWith(path)) return false;
    isDone = true;
    await kill();
    resolve();
    return true;
  };
  const proxy = await startCuttingProxy(
    target,
    async (asked) => ((await killAt('after_the_server', asked)) ? 'lost' : 'arrives'),
    async (asked) => killAt('before_the_server', asked),
  );
  return { ...proxy, killed };
}
