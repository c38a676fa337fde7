import { useVirtualizer } from '@tanstack/react-virtual';
import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { useEffect, useId, useRef, useState, type CSSProperties, type KeyboardEvent, type ReactNode } from 'react';
import { gridCommand } from './grid-keys.ts';
import { useKeys } from '../stores/keys.ts';
import styles from './row-grid.module.css';
import type { RowWindow } from './row-window.ts';

/** Row height. At 33 px and below, a million rows stay within the tallest element that Chromium draws. */
export const ROW_HEIGHT_PX = 30;

export interface GridColumn<Item> {
  readonly id: string;
  readonly title: string;
  /** A CSS grid track: `64px`, `minmax(120px, 1fr)`. */
  readonly width: string;
  readonly isNumber?: boolean;
  readonly isTinted?: (item: Item) => boolean;
  readonly sort?: { readonly active: boolean; readonly descending: boolean; readonly onSort: () => void };
  render(item: Item): ReactNode;
}

interface RowGridProps<Item> {
  readonly label: string;
  readonly columns: readonly GridColumn<Item>[];
  readonly rows: RowWindow<Item>;
  /** Narrowest width before the grid scrolls sideways, in px. */
  readonly minWidthPx: number;
  /** The row the cursor is on; -1 for none. */
  readonly cursor: number;
  readonly emptyText: string;
  onCursor(index: number): void;
  onOpen(item: Item): void;
  onPick?(item: Item): void;
  onClose?(): void;
}

/** A grid of any number of rows, of which only those in view exist. Arrows move, Space picks, Enter opens, Escape closes. */
export function RowGrid<Item>(props: RowGridProps<Item>) {
  const { rows, columns, cursor } = props;
  const scroller = useRef<HTMLDivElement>(null);
  const id = useId();
  const total = rows.total ?? 0;
  const virtualizer = useVirtualizer({ count: total, getScrollElement: () => scroller.current, estimateSize: () => ROW_HEIGHT_PX, overscan: 10, scrollPaddingStart: 31 });
  const visible = virtualizer.getVirtualItems();
  const first = visible[0]?.index ?? 0;
  const last = visible[visible.length - 1]?.index ?? 0;
  const addGrid = useKeys((state) => state.addGrid);
  const picks = props.onPick !== undefined;
  useEffect(() => addGrid(picks), [addGrid, picks]);
  const { show } = rows;
  useEffect(() => show(first, last), [show, first, last]);

  // A cursor that was set from outside is brought into view; one that is there already moves nothing.
  useEffect(() => {
    if (cursor >= 0 && cursor < total) virtualizer.scrollToIndex(cursor, { align: 'auto' });
  }, [cursor, total, virtualizer]);

  // A row that was asked for before it had come is opened or picked when it does.
  const [awaited, setAwaited] = useState<'open' | 'pick' | undefined>(undefined);
  const atCursor = rows.itemAt(cursor);
  const { onOpen, onPick } = props;
  useEffect(() => {
    if (awaited === undefined || atCursor === undefined) return;
    setAwaited(undefined);
    if (awaited === 'open') onOpen(atCursor);
    else onPick?.(atCursor);
  }, [awaited, atCursor, onOpen, onPick]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target instanceof HTMLButtonElement && (event.key === ' ' || event.key === 'Enter')) return;
    const pageRows = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 300) / ROW_HEIGHT_PX) - 2);
    const command = gridCommand(event.key, { index: cursor, total, pageRows });
    if (command === undefined) return;
    event.preventDefault();
    const item = atCursor;
    setAwaited(undefined);
    if (command.kind === 'move') {
      props.onCursor(command.index);
      virtualizer.scrollToIndex(command.index, { align: 'auto' });
    } else if (command.kind === 'close') props.onClose?.();
    else if (item === undefined) setAwaited(command.kind);
    else if (command.kind === 'open') props.onOpen(item);
    else props.onPick?.(item);
  };

  const tracks: CSSProperties & Record<`--${string}`, string> = { '--grid-columns': columns.map((column) => column.width).join(' '), '--grid-min-width': `${props.minWidthPx}px` };
  return (
    <div className={styles.frame} style={tracks}>
      <div
        ref={scroller}
        className={styles.scroller}
        role="grid"
        aria-label={props.label}
        aria-rowcount={total + 1}
        aria-colcount={columns.length}
        tabIndex={0}
        aria-activedescendant={cursor >= first && cursor <= last && total > 0 ? `${id}-${cursor}` : undefined}
        onKeyDown={onKeyDown}
      >
        <div className={styles.head} role="row" aria-rowindex={1}>
          {columns.map((column) => <HeadCell key={column.id} column={column} />)}
        </div>
        <div role="rowgroup" style={{ height: virtualizer.getTotalSize(), position: 'relative' }}>
          {visible.map((place) => {
            const item = rows.itemAt(place.index);
            return (
              <div
                key={place.index}
                id={`${id}-${place.index}`}
                className={styles.row}
                role="row"
                aria-rowindex={place.index + 2}
                aria-selected={place.index === cursor}
                style={{ transform: `translateY(${place.start}px)` }}
                onClick={() => {
                  props.onCursor(place.index);
                  if (item !== undefined) props.onOpen(item);
                }}
              >
                {columns.map((column) => (
                  <div key={column.id} role="gridcell" className={cellClass(column, item)}>
                    {item === undefined ? <span className={styles.ghost} /> : column.render(item)}
                  </div>
                ))}
              </div>
            );
          })}
        </div>
      </div>
      {rows.total === 0 && <div className={styles.blank}>{props.emptyText}</div>}
    </div>
  );
}

function cellClass<Item>(column: GridColumn<Item>, item: Item | undefined): string {
  const tinted = item !== undefined && column.isTinted?.(item) === true ? styles.tinted : '';
  return `${styles.cell} ${column.isNumber === true ? styles.number : ''} ${tinted}`;
}

function HeadCell<Item>({ column }: { readonly column: GridColumn<Item> }) {
  const { sort } = column;
  const className = `${styles.cell} ${column.isNumber === true ? styles.number : ''}`;
  if (sort === undefined) return <div role="columnheader" className={className}><span>{column.title}</span></div>;
  const direction = sort.active ? (sort.descending ? 'descending' : 'ascending') : 'none';
  return (
    <div role="columnheader" className={className} aria-sort={direction}>
      <button type="button" className={styles.sort} onClick={sort.onSort}>
        {column.title}
        {sort.active && (sort.descending ? <IconChevronDown size={13} aria-hidden /> : <IconChevronUp size={13} aria-hidden />)}
      </button>
    </div>
  );
}
