import type { BrowserWindow, NotificationConstructorOptions, PowerSaveBlocker } from 'electron';
import { type RunProgress, type RunsSeen, isGoing, noticesBetween, progressOf } from './run-notices.ts';

export interface RunSignParts {
  readonly window: () => Pick<BrowserWindow, 'isFocused' | 'setProgressBar'> | undefined;
  /** Shows a notification; `onClick` when a person follows it. */
  readonly notify: (options: NotificationConstructorOptions, onClick: () => void) => void;
  readonly showRun: (runId: string) => void;
  readonly power: Pick<PowerSaveBlocker, 'start' | 'stop'>;
}

/** What the desktop shows of runs. */
export interface RunSigns {
  show(before: RunsSeen | undefined, now: RunsSeen): void;
  /** The window is gone: the machine may sleep. The run goes on without it. */
  close(): void;
}

/** Notifications for who is not looking, progress in the taskbar, and no sleep while a run that the window watches goes. */
export function createRunSigns({ window, notify, showRun, power }: RunSignParts): RunSigns {
  let blocker: number | undefined;
  let shown: RunProgress;

  function keepAwake(isNeeded: boolean): void {
    if (isNeeded && blocker === undefined) blocker = power.start('prevent-app-suspension');
    if (isNeeded || blocker === undefined) return;
    power.stop(blocker);
    blocker = undefined;
  }

  function showProgress(progress: RunProgress): void {
    if (JSON.stringify(progress) === JSON.stringify(shown)) return;
    shown = progress;
    if (progress === undefined) window()?.setProgressBar(-1);
    else window()?.setProgressBar(progress.share, { mode: progress.mode });
  }

  return {
    show(before, now) {
      keepAwake(window() !== undefined && now.runs.some(isGoing));
      showProgress(progressOf(now));
      if (window()?.isFocused() === true) return;
      for (const { runId, title, body } of noticesBetween(before, now)) notify({ title, body }, () => showRun(runId));
    },
    close: () => keepAwake(false),
  };
}
