import type { Dialog, MessageBoxOptions, RenderProcessGoneDetails } from 'electron';
import type { OperatorLog } from '../operator/log.ts';

const CRASHES_MAX = 3;
const WITHIN_MS = 60_000;

export interface CrashParts {
  readonly log: OperatorLog;
  readonly clock: () => Date;
  readonly ask: (options: MessageBoxOptions) => ReturnType<Dialog['showMessageBox']>;
  readonly isRunGoing: () => boolean;
  /** Ends a page that hangs; that it is gone is told like any other end. */
  readonly endPage: () => void;
  readonly reopen: () => Promise<void>;
  readonly quit: () => void;
}

/** What is done about a page that ended or hangs: it is said calmly, and opened again when a person says so. */
export interface CrashCare {
  ended(details: Pick<RenderProcessGoneDetails, 'reason'>): Promise<void>;
  hangs(): Promise<void>;
  answersAgain(): void;
}

export function createCrashCare({ log, clock, ask, isRunGoing, endPage, reopen, quit }: CrashParts): CrashCare {
  let endedAt: number[] = [];
  let hanging: AbortController | undefined;
  let isToBeReopened = false;

  return {
    async ended({ reason }) {
      if (reason === 'clean-exit') return;
      hanging?.abort();
      if (isToBeReopened) {
        isToBeReopened = false;
        return reopen();
      }
      log.write({ level: 'error', event: 'window_ended', code: reason });
      const now = clock().getTime();
      endedAt = [...endedAt.filter((at) => now - at < WITHIN_MS), now];
      if (endedAt.length >= CRASHES_MAX) {
        await ask({ type: 'error', message: 'The window ends again and again', detail: `${restOfIt(isRunGoing())} Drydock closes now. Start it again; if it comes back, look in the log.`, buttons: ['Quit'], noLink: true });
        return quit();
      }
      const { response } = await ask({ type: 'warning', message: 'The window ended unexpectedly', detail: restOfIt(isRunGoing()), buttons: ['Open again', 'Quit'], defaultId: 0, cancelId: 1, noLink: true });
      return response === 0 ? reopen() : quit();
    },
    async hangs() {
      if (hanging !== undefined) return;
      log.write({ level: 'warning', event: 'window_hangs' });
      const ours = new AbortController();
      hanging = ours;
      // Aborted, when it answers again meanwhile, the dialog goes away and says what its cancel button says.
      const { response } = await ask({ type: 'warning', message: 'The window does not answer', detail: restOfIt(isRunGoing()), buttons: ['Wait', 'Open again'], defaultId: 0, cancelId: 0, noLink: true, signal: ours.signal });
      hanging = undefined;
      if (response !== 1) return;
      isToBeReopened = true;
      endPage();
    },
    answersAgain() {
      hanging?.abort();
    },
  };
}

function restOfIt(isRunGoing: boolean): string {
  const kept = 'Nothing that was done is lost: it is in the journal and at the server.';
  return isRunGoing ? `${kept} The run goes on.` : kept;
}
