import { create } from 'zustand';

interface Preferences {
  /** E-mail addresses and ids are masked on screen, for sharing it. Lasts until the window closes. */
  readonly isMasked: boolean;
  readonly isKeyHelpOpen: boolean;
  setMasked(isMasked: boolean): void;
  toggleMasked(): void;
  setKeyHelpOpen(isOpen: boolean): void;
}

/** How this person likes the window, for as long as it is open. */
export const usePreferences = create<Preferences>((set) => ({
  isMasked: false,
  isKeyHelpOpen: false,
  setMasked: (isMasked) => set({ isMasked }),
  toggleMasked: () => set((state) => ({ isMasked: !state.isMasked })),
  setKeyHelpOpen: (isKeyHelpOpen) => set({ isKeyHelpOpen }),
}));
