import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join, sep } from 'node:path';
import { problem } from './problems.ts';

/** A file or folder of this machine that a person chose, in a dialog, a drop, an upload or on the command line. */
export interface ChosenFile {
  readonly path: string;
  /** Its name alone, as the person knows it. */
  readonly fileName: string;
  /** `opened`: the person's own, left as it is. `spooled`: an upload that lies in our folder and goes with its handle. */
  readonly kind: 'opened' | 'spooled' | 'folder';
}

/** Opaque handles for chosen files. The window and its procedures never see a path, so none can be made up there. */
export interface FileHandles {
  add(file: ChosenFile): string;
  /** @throws OperatorError `unknown_file` */
  get(handle: string): ChosenFile;
  /** Forgets the handle; a spooled file is deleted. Unknown handles are fine: it is gone already. */
  release(handle: string): void;
  /** A path for an upload to be written to before `add({kind: 'spooled'})`. Unique and private to this launch. */
  newSpoolPath(): string;
  /** The uploads that lie in this launch's folder. */
  spooled(): readonly { readonly handle: string; readonly path: string }[];
  /** Whether another Drydock that runs on this home has uploads or checked files lying there. */
  areHeldElsewhere(): boolean;
}

/** A finished file that a host may hand out: a download in the browser, a save dialog in Electron. */
export interface Download {
  readonly path: string;
  readonly fileName: string;
  readonly mediaType: string;
}

export interface Downloads {
  add(download: Download): string;
  /** @throws OperatorError `unknown_download` */
  get(downloadId: string): Download;
  /** Size in bytes, read when asked. @throws OperatorError `unknown_download` also when the file has gone. */
  bytes(downloadId: string): number;
  /** Deletes what was prepared to be handed out and lies in this launch's folder; what lies elsewhere stays. */
  discardPrepared(): void;
}

export interface OpenFiles {
  readonly handles: FileHandles;
  readonly downloads: Downloads;
  /** A path under this launch's private folder for a file that is to be handed out. */
  newDownloadPath(): string;
  /** Deletes everything that was spooled or prepared for download. */
  close(): void;
}

/**
 * Keeps the files of one launch. Uploads hold personal data, so they lie in a folder of this process alone (0700)
 * under `home`, removed on close; folders of processes that were killed are removed at the next start.
 */
export function createOpenFiles(home: string, randomBytes: (count: number) => Uint8Array, processId: number, isAlive: (processId: number) => boolean): OpenFiles {
  const spoolRoot = join(home, 'spool');
  removeLeftovers(spoolRoot, isAlive);
  const folder = join(spoolRoot, `${processId}-${randomName(randomBytes)}`);
  const handles = new Map<string, ChosenFile>();
  const downloads = new Map<string, Download>();

  function newPath(): string {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    return join(folder, randomName(randomBytes));
  }
  function downloadOf(downloadId: string): Download {
    const download = downloads.get(downloadId);
    if (download === undefined) throw unknownDownload();
    return download;
  }

  return {
    handles: {
      add(file) {
        const handle = `file_${randomName(randomBytes)}`;
        handles.set(handle, file);
        return handle;
      },
      get(handle) {
        const file = handles.get(handle);
        if (file === undefined) throw problem('unknown_file', 'That file is not open here', 'Choose the file again.');
        return file;
      },
      release(handle) {
        const file = handles.get(handle);
        handles.delete(handle);
        if (file?.kind === 'spooled') rmSync(file.path, { force: true });
      },
      newSpoolPath: newPath,
      spooled: () => [...handles].flatMap(([handle, { path, kind }]) => (kind === 'spooled' ? [{ handle, path }] : [])),
      areHeldElsewhere: () => isHeldByAnother(spoolRoot, processId, isAlive),
    },
    downloads: {
      add(download) {
        const downloadId = `download_${randomName(randomBytes)}`;
        downloads.set(downloadId, download);
        return downloadId;
      },
      get: downloadOf,
      bytes(downloadId) {
        const found = statSync(downloadOf(downloadId).path, { throwIfNoEntry: false });
        if (found === undefined) throw unknownDownload();
        return found.size;
      },
      discardPrepared() {
        for (const [downloadId, { path }] of downloads) {
          if (!path.startsWith(`${folder}${sep}`)) continue;
          rmSync(path, { force: true });
          downloads.delete(downloadId);
        }
      },
    },
    newDownloadPath: newPath,
    close() {
      handles.clear();
      downloads.clear();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function randomName(randomBytes: (count: number) => Uint8Array): string {
  return Buffer.from(randomBytes(16)).toString('hex');
}

function unknownDownload(): Error {
  return problem('unknown_download', 'That file is no longer there', 'Export it again.');
}

function isHeldByAnother(spoolRoot: string, processId: number, isAlive: (processId: number) => boolean): boolean {
  return namesIn(spoolRoot).some((name) => {
    const owner = Number.parseInt(name, 10);
    return Number.isInteger(owner) && owner !== processId && isAlive(owner) && namesIn(join(spoolRoot, name)).length > 0;
  });
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

function removeLeftovers(spoolRoot: string, isAlive: (processId: number) => boolean): void {
  for (const name of namesIn(spoolRoot)) {
    const owner = Number.parseInt(name, 10);
    if (Number.isInteger(owner) && !isAlive(owner)) rmSync(join(spoolRoot, name), { recursive: true, force: true });
  }
}
