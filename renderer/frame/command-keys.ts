type Hotkey = readonly [keys: string, act: () => void, options: { readonly preventDefault: boolean; readonly usePhysicalKeys: boolean }];

/** How a command's keys are bound in a page. A digit is the key in its place: with Alt or another layout it writes something else. */
export function hotkeyOf(keys: string, act: () => void): Hotkey {
  const isDigit = /\+\d$/.test(keys);
  return [isDigit ? keys.replace(/\+(\d)$/, '+Digit$1') : keys, act, { preventDefault: true, usePhysicalKeys: isDigit }];
}

/** How a command's keys are written on the keys themselves. */
export function keyCaps(keys: string, isMac: boolean): readonly string[] {
  const caps: Readonly<Record<string, string>> = isMac ? { mod: '⌘', alt: '⌥', shift: '⇧' } : { mod: 'Ctrl', alt: 'Alt', shift: 'Shift' };
  return keys.split('+').map((key) => caps[key] ?? key);
}

export function isMacKeyboard(userAgent: string): boolean {
  return /Mac|iPhone|iPad/.test(userAgent);
}
