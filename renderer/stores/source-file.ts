import { create } from 'zustand';
import type { PickedFile } from '../host.ts';

interface SourceFile {
  /** The file that the operator holds for this window; null after a restart, when only what was found in it is known. */
  readonly picked: PickedFile | null;
  keep(picked: PickedFile): void;
}

/** The file that is being loaded, so that it can be checked again with another mapping. */
export const useSourceFile = create<SourceFile>((set) => ({
  picked: null,
  keep: (picked) => set({ picked }),
}));
