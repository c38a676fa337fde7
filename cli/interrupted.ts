const NOTHING_BEGUN = 'Nothing was begun.';

/** The person left, with Ctrl-C or Ctrl-D. The message says what stays, in a sentence; exit 130. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';

  constructor(message = NOTHING_BEGUN) {
    super(message);
  }
}

/**
 * What comes before a command's writing call: left at once on Ctrl-C, and what follows is not begun.
 * @throws Interrupted
 */
export async function orInterrupted<Result>({ interrupted }: { readonly interrupted: AbortSignal }, work: Promise<Result>): Promise<Result> {
  const result = await Promise.race([work, interruption(interrupted)]);
  // Both may have come together, and then the first of the two has won.
  if (interrupted.aborted) throw new Interrupted();
  return result;
}

function interruption(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const leave = (): void => reject(new Interrupted());
    if (signal.aborted) leave();
    else signal.addEventListener('abort', leave, { once: true });
  });
}
