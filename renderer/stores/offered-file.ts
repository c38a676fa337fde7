import { create } from 'zustand';
import type { OperatorProblem } from '../../shared/contract/operator/reply.ts';
import type { PickedFile } from '../host.ts';

interface OfferedFile {
  /** A CSV that was opened with Drydock and waits to be loaded. */
  readonly file: PickedFile | null;
  /** It was asked for in the window itself, so that it is loaded as soon as it can be. */
  readonly isWanted: boolean;
  readonly problem: OperatorProblem | null;
  offer(file: PickedFile): void;
  take(file: PickedFile): void;
  want(): void;
  miss(fileName: string): void;
  fail(thrown: unknown): void;
  clear(): void;
}

const nothing = { file: null, isWanted: false, problem: null } as const;

/** A file that came from outside the Load step: it waits, whatever else is at work, until a person says so. */
export const useOfferedFile = create<OfferedFile>((set) => ({
  ...nothing,
  offer: (file) => set({ ...nothing, file }),
  take: (file) => set({ ...nothing, file, isWanted: true }),
  want: () => set({ isWanted: true, problem: null }),
  miss: (fileName) => set({ problem: { code: 'file_missing', title: `${fileName} is not there any more`, detail: 'It was moved, renamed or deleted. Nothing else has changed; open it from where it is now.', request_id: null } }),
  fail: (thrown) => set({ problem: { code: 'file_not_taken', title: 'The file could not be opened', detail: thrown instanceof Error ? thrown.message : 'Try again.', request_id: null } }),
  clear: () => set(nothing),
}));
