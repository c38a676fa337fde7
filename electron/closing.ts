import type { Dialog, MessageBoxOptions } from 'electron';
import type { KeptChoices } from './kept-choices.ts';
import { type RunsSeen, isGoing } from './run-notices.ts';

export interface ClosingParts {
  readonly seen: () => RunsSeen | undefined;
  readonly choices: KeptChoices;
  readonly ask: (options: MessageBoxOptions) => ReturnType<Dialog['showMessageBox']>;
  /** Quits: closing the one window is that. */
  readonly close: () => void;
}

/** Judges a wish to close: true lets the window go. During a run it first says what becomes of the run, once. */
export function createClosing({ seen, choices, ask, close }: ClosingParts): { mayClose(): boolean } {
  let isSettled = false;
  let isAsking = false;

  async function say(isPractice: boolean): Promise<void> {
    const { response, checkboxChecked } = await ask(isPractice ? practiceWords : runWords);
    if (checkboxChecked) choices.set({ says_run_goes_on: false });
    if (response !== 0) return;
    isSettled = true;
    close();
  }

  return {
    mayClose() {
      const now = seen();
      if (isSettled || now === undefined || !now.runs.some(isGoing)) return true;
      // A run in practice stands still without its server: that is another thing to say, and said each time.
      if (!now.isPractice && !choices.get().says_run_goes_on) return true;
      if (!isAsking) {
        isAsking = true;
        void say(now.isPractice).finally(() => (isAsking = false));
      }
      return false;
    },
  };
}

const buttons = { buttons: ['Close', 'Keep it open'], defaultId: 0, cancelId: 1, noLink: true };

const runWords: MessageBoxOptions = {
  type: 'info',
  message: 'The run goes on at the server',
  detail: 'Closing Drydock does not stop or pause it. Open Drydock again to see how it stands.',
  checkboxLabel: 'Do not say this again',
  ...buttons,
};

const practiceWords: MessageBoxOptions = {
  type: 'info',
  message: 'The practice run waits until Drydock is open again',
  detail: 'The practice server ends with Drydock. Nothing is lost: the run goes on where it stands when the server is started again.',
  ...buttons,
};
