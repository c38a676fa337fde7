import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { DOOR_CHANNEL, type DoorRequest, type FileWanted, type ShownFolder, type ThemeChoice } from './door.ts';

/** What the window needs of an answer; main has made sure of its form. */
type Answer = { readonly ok: true; readonly value: unknown } | { readonly ok: false; readonly problem: { readonly title: string; readonly detail: string } };

function ask(request: DoorRequest): Promise<Answer> {
  return ipcRenderer.invoke(DOOR_CHANNEL, request) as Promise<Answer>;
}

async function valueOf(request: DoorRequest): Promise<unknown> {
  const answer = await ask(request);
  if (!answer.ok) throw new Error(`${answer.problem.title}. ${answer.problem.detail}`);
  return answer.value;
}

// The bridge of renderer/host.ts. The window hands over a File, never a path: Electron gives the path of a file that
// was really dropped or chosen, and an empty one for a File that a script made up.
contextBridge.exposeInMainWorld('drydock', {
  call: (name: string, input: unknown) => ask({ kind: 'call', name, input }),
  openFile: (wanted: FileWanted) => valueOf({ kind: 'open-file', wanted }),
  fileFromDrop: (file: File, wanted: FileWanted) => valueOf({ kind: 'file-from-drop', path: webUtils.getPathForFile(file), wanted }),
  saveDownload: (downloadId: string) => valueOf({ kind: 'save-download', downloadId }),
  // What main tells comes without its sender, so that no way back into Electron is handed out.
  listen: (listener: (event: unknown) => void) => {
    ipcRenderer.on(DOOR_CHANNEL, (_event, told: unknown) => listener(told));
    return valueOf({ kind: 'listen' });
  },
  setTheme: (theme: ThemeChoice) => valueOf({ kind: 'set-theme', theme }),
  showFolder: (folder: ShownFolder) => valueOf({ kind: 'show-folder', folder }),
});
