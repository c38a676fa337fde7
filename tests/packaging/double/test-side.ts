import { EventEmitter } from 'node:events';
import type { MainSide, Seen, TestSide } from './sides.ts';
import { type Remote, joinProcesses } from './wire.ts';

type Writable<Value> = { -readonly [Key in keyof Value]: Value[Key] extends readonly (infer Item)[] ? Item[] : Value[Key] };

/** What main asks of Electron is written down here, and told to the test when it asks. */
export const seen: Writable<Seen> = {
  windowOptions: {},
  loaded: [],
  isSandboxed: false,
  schemes: [],
  channels: [],
  menu: [],
  notifications: [],
  progress: [],
  blockers: [],
  recentDocuments: [],
  openedOutside: [],
  shownInFolder: [],
  themeSource: 'system',
  windowCalls: [],
  aboutPanel: {},
};

/** What the doubles can be told by the test; each module adds its own. */
export const mainSide: Partial<MainSide> = { seen: () => seen };

export const testSide: Remote<TestSide> = joinProcesses<Partial<MainSide>, TestSide>(process, mainSide);

/** An event that says whether it was held back. */
export function preventable<Rest extends object>(rest: Rest): Rest & { isPrevented: boolean; preventDefault: () => void } {
  const event = { ...rest, isPrevented: false, preventDefault: () => void (event.isPrevented = true) };
  return event;
}

/** An Electron object that tells of events. */
export class Told extends EventEmitter {
  /** Whether a listener held the event back. */
  isHeld(event: string, details: object = {}, ...more: readonly unknown[]): boolean {
    const told = preventable(details);
    this.emit(event, told, ...more);
    return told.isPrevented;
  }
}
