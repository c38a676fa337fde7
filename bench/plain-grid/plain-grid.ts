// The least that shows a million rows: a tall box, the rows in view as plain cells, pages fetched as they are needed.
// It speaks to the same operator as the window, so that what is measured beside each other is the grid alone.
const ROW_HEIGHT_PX = 30;
const PAGE_ROWS = 200;
const OVERSCAN_ROWS = 10;

interface PlainRow {
  readonly row: number;
  readonly email: string;
  readonly full_name: string | null;
  readonly match: string;
  readonly action: string;
  readonly changes: readonly { readonly field: string; readonly before: unknown; readonly after: unknown }[];
  readonly warnings: readonly string[];
}

const asked = new URLSearchParams(window.location.search);
const box = document.getElementById('grid');
const pages = new Map<number, readonly PlainRow[]>();
const fetching = new Set<number>();
const shown = new Map<number, HTMLElement>();
const space = document.createElement('div');

async function fetchPage(page: number): Promise<void> {
  if (pages.has(page) || fetching.has(page)) return;
  fetching.add(page);
  const response = await fetch('/rpc/plans.listRows', {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${asked.get('token') ?? ''}` },
    body: JSON.stringify({ migration: asked.get('migration'), plan_hash: asked.get('plan'), offset: page * PAGE_ROWS, limit: PAGE_ROWS }),
  });
  const reply = (await response.json()) as { readonly value: { readonly items: readonly PlainRow[]; readonly total: number } };
  pages.set(page, reply.value.items);
  fetching.delete(page);
  space.style.height = `${String(reply.value.total * ROW_HEIGHT_PX)}px`;
  draw();
}

function cellsOf(row: PlainRow): readonly string[] {
  const change = (field: string): string => {
    const found = row.changes.find((one) => one.field === field);
    return found === undefined ? '' : `${String(found.before)} -> ${String(found.after)}`;
  };
  return ['', String(row.row), row.action, row.match, row.full_name ?? '', row.email, change('auth.must_reset_password'), change('stripe_customer_id'), change('emails'), change('migration.cohort'), String(row.warnings.length)];
}

function draw(): void {
  if (box === null) return;
  const first = Math.max(0, Math.floor(box.scrollTop / ROW_HEIGHT_PX) - OVERSCAN_ROWS);
  const last = Math.ceil((box.scrollTop + box.clientHeight) / ROW_HEIGHT_PX) + OVERSCAN_ROWS;
  for (const [index, element] of shown) {
    if (index >= first && index <= last) continue;
    element.remove();
    shown.delete(index);
  }
  for (let page = Math.floor(first / PAGE_ROWS); page <= Math.floor(last / PAGE_ROWS); page += 1) void fetchPage(page);
  for (let index = first; index <= last; index += 1) {
    const row = pages.get(Math.floor(index / PAGE_ROWS))?.[index % PAGE_ROWS];
    if (row === undefined || shown.has(index)) continue;
    const element = document.createElement('div');
    element.className = 'row';
    element.role = 'row';
    element.ariaRowIndex = String(index + 2);
    element.style.top = `${String(index * ROW_HEIGHT_PX)}px`;
    for (const text of cellsOf(row)) element.append(Object.assign(document.createElement('span'), { textContent: text }));
    space.append(element);
    shown.set(index, element);
  }
}

document.getElementById('open')?.addEventListener('click', () => {
  space.style.position = 'relative';
  box?.append(space);
  box?.addEventListener('scroll', draw, { passive: true });
  void fetchPage(0);
});
