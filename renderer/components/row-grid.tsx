import { IconChevronDown, IconChevronUp } from '@tabler/icons-react';
import { memo, useEffect, useId, useRef, type CSSProperties, type KeyboardEvent, type MouseEvent, type ReactNode } from 'react';
import { ROW_HEIGHT_PX, useFixedRows } from './fixed-rows.ts';
import { gridCommand } from './grid-keys.ts';
import { useKeys } from '../stores/keys.ts';
import styles from './row-grid.module.css';
import type { RowWindow } from './row-window.ts';

export interface GridColumn<Item> {
  readonly id: string;
  readonly title: string;
  /** A CSS grid track: `64px`, `minmax(120px, 1fr)`. */
  readonly width: string;
  readonly isNumber?: boolean;
  /** What stands in it always fits. Cells that are not cut off are drawn in half the time. */
  readonly isShort?: boolean;
  /** Cells of a change: tinted where there is one, dim where there is none. */
  readonly isTinted?: (item: Item) => boolean;
  readonly sort?: { readonly active: boolean; readonly descending: boolean; readonly onSort: () => void };
  render(item: Item): ReactNode;
}

interface RowGridProps<Item> {
  readonly label: string;
  /** Kept as they are from one drawing to the next unless they differ: rows are drawn anew when they change. */
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
  const id = useId();
  const total = rows.total ?? 0;
  const { first, last, originPx, boxHeightPx, scroller, onScroll, bringIntoView, rowsInView } = useFixedRows(total);
  const addGrid = useKeys((state) => state.addGrid);
  const picks = props.onPick !== undefined;
  useEffect(() => addGrid(picks), [addGrid, picks]);
  const { show } = rows;
  useEffect(() => show(first, Math.max(first, last)), [show, first, last]);

  // A cursor that was set from outside is brought into view; one that is there already moves nothing.
  useEffect(() => {
    if (cursor >= 0 && cursor < total) bringIntoView(cursor);
  }, [cursor, total, bringIntoView]);

  // A row that was asked for before it had come is opened or picked when it does.
  const awaited = useRef<'open' | 'pick' | undefined>(undefined);
  const atCursor = rows.itemAt(cursor);
  const { onOpen, onPick } = props;
  useEffect(() => {
    const wanted = awaited.current;
    if (wanted === undefined || atCursor === undefined) return;
    awaited.current = undefined;
    if (wanted === 'open') onOpen(atCursor);
    else onPick?.(atCursor);
  }, [atCursor, onOpen, onPick]);

  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.target instanceof HTMLButtonElement && (event.key === ' ' || event.key === 'Enter')) return;
    const command = gridCommand(event.key, { index: cursor, total, pageRows: Math.max(1, rowsInView() - 1) });
    if (command === undefined) return;
    event.preventDefault();
    const item = atCursor;
    awaited.current = undefined;
    if (command.kind === 'move') {
      props.onCursor(command.index);
      bringIntoView(command.index);
    } else if (command.kind === 'close') props.onClose?.();
    else if (item === undefined) awaited.current = command.kind;
    else if (command.kind === 'open') props.onOpen(item);
    else props.onPick?.(item);
  };

  const onClick = (event: MouseEvent): void => {
    const index = indexOfRow(event.target);
    if (index === undefined) return;
    props.onCursor(index);
    const item = rows.itemAt(index);
    if (item !== undefined) props.onOpen(item);
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
        aria-activedescendant={cursor >= first && cursor <= last ? `${id}-${cursor}` : undefined}
        onKeyDown={onKeyDown}
        onClick={onClick}
        onScroll={onScroll}
      >
        <div className={styles.head} role="row" aria-rowindex={1}>
          {columns.map((column) => <HeadCell key={column.id} column={column} />)}
        </div>
        <div role="rowgroup" style={{ height: boxHeightPx, position: 'relative' }}>
          {indexesBetween(first, last).map((index) => (
            <Row key={index} id={`${id}-${index}`} index={index} topPx={originPx + index * ROW_HEIGHT_PX} item={rows.itemAt(index)} isAtCursor={index === cursor} columns={columns} />
          ))}
        </div>
      </div>
      {rows.total === 0 && <div className={styles.blank}>{props.emptyText}</div>}
    </div>
  );
}

interface RowProps<Item> {
  readonly id: string;
  readonly index: number;
  readonly topPx: number;
  readonly item: Item | undefined;
  readonly isAtCursor: boolean;
  readonly columns: readonly GridColumn<Item>[];
}

/** One row. While the rest scrolls by, a row that stays as it is is not drawn again. */
function RowOf<Item>({ id, index, topPx, item, isAtCursor, columns }: RowProps<Item>) {
  return (
    <div id={id} className={styles.row} role="row" aria-rowindex={index + 2} aria-selected={isAtCursor} data-index={index} style={{ top: topPx }}>
      {columns.map((column) => (
        <div key={column.id} role="gridcell" className={cellClass(column, item)}>
          {item === undefined ? <span className={styles.ghost} /> : column.render(item)}
        </div>
      ))}
    </div>
  );
}
const Row = memo(RowOf) as typeof RowOf;

/** The row that an event happened in. */
function indexOfRow(target: EventTarget): number | undefined {
  const row = target instanceof Element ? target.closest('[data-index]') : null;
  return row instanceof HTMLElement ? Number(row.dataset['index']) : undefined;
}

function cellClass<Item>(column: GridColumn<Item>, item: Item | undefined): string {
  const tinted = item === undefined || column.isTinted === undefined ? '' : column.isTinted(item) ? styles.tinted : styles.untouched;
  return `${baseClass(column)} ${tinted}`;
}

function baseClass<Item>({ isNumber = false, isShort = false }: GridColumn<Item>): string {
  return `${styles.cell} ${isShort ? '' : styles.clipped} ${isNumber ? styles.number : ''}`;
}

function HeadCell<Item>({ column }: { readonly column: GridColumn<Item> }) {
  const { sort } = column;
  const className = baseClass(column);
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

function indexesBetween(first: number, last: number): readonly number[] {
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, offset) => first + offset);
}
