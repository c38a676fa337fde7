import { create } from 'zustand';
import type { CheckSummary } from '../../shared/contract/operator/sources.ts';
import type { PickedFile } from '../host.ts';

interface SourceFile {
  /** The file that the operator holds for this window; null after a restart, when only what was found in it is known. */
  readonly picked: PickedFile | null;
  /** The last check of it, with samples of the columns: those are kept in memory alone. */
  readonly checked: CheckSummary | null;
  keep(picked: PickedFile): void;
  keepCheck(checked: CheckSummary): void;
}

/** The file that is being loaded, so that it can be checked again with another mapping. */
export const useSourceFile = create<SourceFile>((set) => ({
  picked: null,
  checked: null,
  keep: (picked) => set({ picked }),
  keepCheck: (checked) => set({ checked }),
}));
