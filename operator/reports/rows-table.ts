import { sameFact, type FactValue } from '../../shared/core/facts.ts';
import type { RunItem } from '../../shared/core/run-item.ts';
import { html, type Html } from './html-parts.ts';
import type { ReportHeader } from './report-document.ts';
import type { ReportRow } from './report-rows.ts';
import { grouped } from './report-text.ts';
import { outcomeWord, withoutOutcome } from './report-words.ts';

/** The rows that the readable form shows, which are not all of a long run. */
export interface ShownRows {
  readonly rows: readonly ReportRow[];
  readonly total: number;
  readonly failures: readonly { readonly code: string; readonly message: string; readonly count: number }[];
}

/** Fewer rows than this say for themselves what they have in common. */
const COMMON_FROM = 4;

type Change = { readonly field: string; readonly before: FactValue | undefined; readonly after: FactValue | undefined };

/** Row by row what was planned and what came of it. What every written row has in common is said once, above. */
export function rowsTable({ run }: Pick<ReportHeader, 'run'>, shown: ShownRows): Html {
  if (shown.rows.length === 0) return html``;
  const common = commonChanges(shown.rows);
  const headings = ['Row', 'Who', ...(isPlanned(shown) ? ['Planned'] : []), run.kind === 'dry_run' ? 'Match' : 'Outcome', run.kind === 'dry_run' ? 'What would change' : 'Change'];
  const isPart = shown.rows.length < shown.total;
  return html`<h2>The rows</h2>
${isPart && html`<p class="soft">${grouped(shown.rows.length)} of ${grouped(shown.total)}, those that need attention first. All of them are in <code>results.csv</code>.</p>`}
${common.size > 0 && html`<p>In every row below that was written: ${[...common].map(([field, after], index) => html`${index > 0 && ', '}<code>${field}</code> → ${valueText(after)}`)}. Shown in the table is what else changed.</p>`}
<div class="scroll" tabindex="0" role="region" aria-label="The rows"><table class="rows"><thead><tr>${headings.map((title, index) => html`<th scope="col"${index === 0 && { html: ' class="number"' }}>${title}</th>`)}</tr></thead><tbody>${shown.rows.map((row) => rowLine(run, row, isPlanned(shown), common))}</tbody></table></div>`;
}

/** Runs that follow no plan have nothing to show beside an outcome. */
function isPlanned({ rows }: ShownRows): boolean {
  return rows.some(({ planned }) => planned !== undefined);
}

function rowLine(run: ReportHeader['run'], row: ReportRow, isWithPlan: boolean, common: ReadonlyMap<string, FactValue>): Html {
  const { planned, item } = row;
  const word = item === undefined ? undefined : outcomeWord(run.kind, item.outcome);
  const why = item === undefined ? planned?.reason : item.outcome === 'failed' ? `${item.code}: ${item.message}` : (item.reason ?? (item.outcome === 'skipped' ? planned?.reason : undefined));
  const changes = changesOf(row).filter(({ field }) => item?.outcome !== 'applied' || !common.has(field));
  const third = run.kind === 'dry_run' ? html`<td><code>${planned?.match}</code></td>` : html`<td class="outcome ${word?.tone ?? 'same'}">${word?.title ?? withoutOutcome(run.kind, run.stage_percent)}</td>`;
  const warnings = item === undefined ? (planned?.warnings ?? []) : [];
  return html`<tr><td class="number">${item?.row ?? planned?.row}</td><td>${item?.email ?? planned?.email}</td>${isWithPlan && html`<td><code>${planned?.action}</code></td>`}${third}<td>${changes.map(changeLine)}${warnings.map((code) => html`<span class="change warn">${code}</span>`)}${why !== undefined && html`<span class="change soft">${why}</span>`}</td></tr>`;
}

function changesOf({ planned, item }: ReportRow): readonly Change[] {
  if (item === undefined) return planned?.changes ?? [];
  if (item.outcome === 'drifted' || item.outcome === 'kept_changed_since') return differences(item.planned, item.now);
  return written(item);
}

function written({ before, after }: RunItem): readonly Change[] {
  return Object.keys(after ?? {}).map((field) => ({ field, before: before?.[field], after: after?.[field] }));
}

function differences(planned: Readonly<Record<string, FactValue>>, now: Readonly<Record<string, FactValue>>): readonly Change[] {
  const names = Object.keys({ ...planned, ...now }).filter((name) => !sameFact(planned[name], now[name]));
  return names.map((field) => ({ field, before: planned[field], after: now[field] }));
}

/** Fields that every written row left at the same value. */
function commonChanges(rows: readonly ReportRow[]): ReadonlyMap<string, FactValue> {
  const applied = rows.flatMap(({ item }) => (item?.outcome === 'applied' && item.after !== null ? [item.after] : []));
  const [first] = applied;
  if (first === undefined || applied.length < COMMON_FROM) return new Map();
  return new Map(Object.entries(first).filter(([field, value]) => applied.every((after) => Object.hasOwn(after, field) && sameFact(after[field], value))));
}

function changeLine({ field, before, after }: Change): Html {
  return html`<span class="change"><span class="field">${field}</span> <del>${valueText(before)}</del> → ${valueText(after)}</span>`;
}

function valueText(value: FactValue | undefined): string {
  if (value === undefined || value === null || value === '') return 'none';
  return typeof value === 'object' ? value.join(', ') || 'none' : String(value);
}
