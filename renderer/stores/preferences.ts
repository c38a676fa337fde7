import { create } from 'zustand';

const MASK_SLOT = 'drydock-masked';

interface Preferences {
  /** Names, addresses and Stripe ids are masked on screen, for sharing it. Lasts until the window closes: a reload in front of others shows nothing. */
  readonly isMasked: boolean;
  readonly isKeyHelpOpen: boolean;
  setMasked(isMasked: boolean): void;
  toggleMasked(): void;
  setKeyHelpOpen(isOpen: boolean): void;
}

/** Whether the mask was on in this window before it was reloaded. */
export function wasMasked(): boolean {
  return sessionStorage.getItem(MASK_SLOT) === 'on';
}

function remembered(isMasked: boolean): { readonly isMasked: boolean } {
  sessionStorage.setItem(MASK_SLOT, isMasked ? 'on' : 'off');
  return { isMasked };
}

/** How this person likes the window, for as long as it is open. */
export const usePreferences = create<Preferences>((set) => ({
  isMasked: wasMasked(),
  isKeyHelpOpen: false,
  setMasked: (isMasked) => set(remembered(isMasked)),
  toggleMasked: () => set((state) => remembered(!state.isMasked)),
  setKeyHelpOpen: (isKeyHelpOpen) => set({ isKeyHelpOpen }),
}));
