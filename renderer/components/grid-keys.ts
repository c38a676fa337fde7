/** What a key means in a grid of rows. */
export type GridCommand =
  | { readonly kind: 'move'; readonly index: number }
  | { readonly kind: 'pick' }
  | { readonly kind: 'open' }
  | { readonly kind: 'close' };

/**
 * The command of a key at row `index` (-1: none yet) of `total` rows, `pageRows` of them in view. Undefined where the key means nothing here.
 */
export function gridCommand(key: string, at: { readonly index: number; readonly total: number; readonly pageRows: number }): GridCommand | undefined {
  if (at.total === 0) return undefined;
  switch (key) {
    case 'ArrowDown':
      return moveTo(at.index + 1, at.total);
    case 'ArrowUp':
      return moveTo(at.index - 1, at.total);
    case 'PageDown':
      return moveTo(at.index + at.pageRows, at.total);
    case 'PageUp':
      return moveTo(at.index - at.pageRows, at.total);
    case 'Home':
      return moveTo(0, at.total);
    case 'End':
      return moveTo(at.total - 1, at.total);
    case ' ':
      return at.index < 0 ? undefined : { kind: 'pick' };
    case 'Enter':
      return at.index < 0 ? undefined : { kind: 'open' };
    case 'Escape':
      return { kind: 'close' };
    default:
      return undefined;
  }
}

function moveTo(index: number, total: number): GridCommand {
  return { kind: 'move', index: Math.min(Math.max(index, 0), total - 1) };
}
