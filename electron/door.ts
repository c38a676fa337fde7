import type { ShownFolder, ThemeChoice } from '../shared/contract/window/events.ts';

export type { ShownFolder, ThemeChoice } from '../shared/contract/window/events.ts';

/** The one IPC channel between window and main. Nothing else is listened to, on either side. */
export const DOOR_CHANNEL = 'drydock';

/** What a person is asked for, or has dropped. Of a report the folder will do as well as its zip. */
export type FileWanted = 'csv' | 'report_zip' | 'report_folder' | 'signers';

/** What may pass the door. The preload makes these; main checks every one before it believes it. */
export type DoorRequest =
  | { readonly kind: 'call'; readonly name: string; readonly input: unknown }
  | { readonly kind: 'open-file'; readonly wanted: FileWanted }
  | { readonly kind: 'file-from-drop'; readonly path: string; readonly wanted: FileWanted }
  | { readonly kind: 'save-download'; readonly downloadId: string }
  /** The page is ready for what main tells it. */
  | { readonly kind: 'listen' }
  | { readonly kind: 'set-theme'; readonly theme: ThemeChoice }
  | { readonly kind: 'show-folder'; readonly folder: ShownFolder };
