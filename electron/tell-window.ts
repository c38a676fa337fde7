import type { WindowEvent } from '../shared/contract/window/events.ts';

/** More than a person does before a page is there; what is older then is left out. */
const KEPT_EVENTS = 32;

/** Tells the window things once its page listens; what came before is told then, in order. */
export interface WindowTeller {
  tell(event: WindowEvent): void;
  /** The page listens from now on. */
  listens(): void;
  /** The page is gone; what is told now waits for the next one. */
  isGone(): void;
}

export function createWindowTeller(send: (event: WindowEvent) => void): WindowTeller {
  let waiting: WindowEvent[] | undefined = [];
  return {
    tell(event) {
      if (waiting === undefined) return send(event);
      waiting = [...waiting, event].slice(-KEPT_EVENTS);
    },
    listens() {
      const kept = waiting ?? [];
      waiting = undefined;
      for (const event of kept) send(event);
    },
    isGone() {
      waiting ??= [];
    },
  };
}
