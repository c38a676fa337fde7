import { z } from 'zod';
import { commandIdSchema } from './commands.ts';

/** A file that the operator holds for the window: a handle, never a path. */
export const pickedFileSchema = z.strictObject({ handle: z.string().min(1).max(256), file_name: z.string().min(1).max(1024) });
export type PickedFile = z.infer<typeof pickedFileSchema>;

/** What the app around the window tells it. Nothing else comes in: the window parses every one, and leaves what it does not know. */
export const windowEventSchema = z.discriminatedUnion('kind', [
  /** A person chose it in the native menu. */
  z.strictObject({ kind: z.literal('command'), id: commandIdSchema }),
  /** A person opened a CSV with Drydock: from the desktop, the icon or the recent files. */
  z.strictObject({ kind: z.literal('file-offered'), file: pickedFileSchema }),
  /** That file is not there, or is none. */
  z.strictObject({ kind: z.literal('file-missing'), file_name: z.string().max(1024) }),
  /** A person clicked on what was told of a run. */
  z.strictObject({ kind: z.literal('show-run'), run_id: z.string().max(128) }),
  /** The machine was asleep: what is shown may be out of date. */
  z.strictObject({ kind: z.literal('woke') }),
]);
export type WindowEvent = z.infer<typeof windowEventSchema>;

export const themeChoiceSchema = z.enum(['light', 'dark', 'auto']);
export type ThemeChoice = z.infer<typeof themeChoiceSchema>;

/** The window's own background, which the app paints before the page is there. */
export const pageBackground = { light: '#ffffff', dark: '#1b1d20' } as const;

/** Folders of Drydock that a person may be shown in the desktop's own file manager. */
export const shownFolderSchema = z.enum(['home', 'logs']);
export type ShownFolder = z.infer<typeof shownFolderSchema>;
