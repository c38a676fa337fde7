/** The one IPC channel between window and main. Nothing else is listened to. */
export const DOOR_CHANNEL = 'drydock';

/** What a person is asked for, or has dropped. Of a report the folder will do as well as its zip. */
export type FileWanted = 'csv' | 'report_zip' | 'report_folder' | 'signers';

/** What may pass the door. The preload makes these; main checks every one before it believes it. */
export type DoorRequest =
  | { readonly kind: 'call'; readonly name: string; readonly input: unknown }
  | { readonly kind: 'open-file'; readonly wanted: FileWanted }
  | { readonly kind: 'file-from-drop'; readonly path: string; readonly wanted: FileWanted }
  | { readonly kind: 'save-download'; readonly downloadId: string };
