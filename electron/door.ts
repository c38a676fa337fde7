/** The one IPC channel between window and main. Nothing else is listened to. */
export const DOOR_CHANNEL = 'drydock';

/** What may pass the door. The preload makes these; main checks every one before it believes it. */
export type DoorRequest =
  | { readonly kind: 'call'; readonly name: string; readonly input: unknown }
  | { readonly kind: 'open-file' }
  | { readonly kind: 'file-from-drop'; readonly path: string }
  | { readonly kind: 'save-download'; readonly downloadId: string };
