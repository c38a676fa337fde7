import type { Adoption } from '../../shared/contract/admin/members.ts';
import { html, type Html, moment } from './html-parts.ts';
import { grouped } from './report-text.ts';

/** A part of a bar. Colour is never the only sign: the legend below has word and number. */
export type Segment = { readonly tone: string; readonly title: string; readonly sentence: string; readonly count: number };

/** A bar in parts with its legend. Widths in hundredths of a percent, so that the picture is the same wherever it is drawn. */
export function segmentedBar(segments: readonly Segment[], whenEmpty: string): Html {
  const total = segments.reduce((sum, segment) => sum + segment.count, 0);
  if (total === 0) return html`<p>${whenEmpty}</p>`;
  let at = 0;
  const drawn = segments.map((segment) => {
    const width = (segment.count / total) * 100;
    const from = at;
    at += width;
    return html`<rect class="${segment.tone}" x="${from.toFixed(2)}" y="0" width="${Math.max(width - 0.2, 0.2).toFixed(2)}" height="10"><title>${segment.title}: ${grouped(segment.count)}</title></rect>`;
  });
  const label = segments.map((segment) => `${segment.count} ${segment.title}`).join(', ');
  return html`<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="${label}">${drawn}</svg>
<ul class="legend">${segments.map((segment) => html`<li class="${segment.tone}"><i class="${segment.tone}"></i><b>${grouped(segment.count)} ${segment.title}</b> <span class="soft">${segment.sentence}</span></li>`)}</ul>`;
}

const WIDTH = 640;
const HEIGHT = 200;
const LEFT = 52;
const RIGHT = 12;
const TOP = 12;
const BOTTOM = 26;
/** More points than the picture is wide show nothing more. */
const MOST_POINTS = 400;

const LINES = [
  { key: 'prepared', title: 'prepared', tone: 'same', dashes: '2 3' },
  { key: 'signed_in', title: 'signed in', tone: 'warn', dashes: '7 3' },
  { key: 'completed', title: 'completed', tone: 'good', dashes: 'none' },
] as const;

/** How many were prepared, signed in and completed, over time: running totals that stay until the next point. */
export function adoptionChart({ counts, series }: Pick<Adoption, 'counts' | 'series'>): Html {
  const points = thinned(series);
  const [first, last] = [points[0], points.at(-1)];
  const said = `${grouped(counts.prepared)} prepared, ${grouped(counts.signed_in)} signed in, ${grouped(counts.completed)} completed`;
  if (first === undefined || last === undefined) return html`<p>Of the whole migration: ${said}. Nothing has changed over time yet.</p>`;
  const [from, until] = [Date.parse(first.at), Math.max(Date.parse(last.at), Date.parse(first.at) + 3_600_000)];
  const highest = Math.max(1, ...points.map((point) => Math.max(point.prepared, point.signed_in, point.completed)));
  const x = (at: string): string => (LEFT + ((Date.parse(at) - from) / (until - from)) * (WIDTH - LEFT - RIGHT)).toFixed(1);
  const y = (count: number): string => (TOP + (1 - count / highest) * (HEIGHT - TOP - BOTTOM)).toFixed(1);
  const end = (WIDTH - RIGHT).toFixed(1);
  const line = (key: (typeof LINES)[number]['key']): string => `M${x(first.at)},${y(first[key])}${points.slice(1).map((point) => `H${x(point.at)}V${y(point[key])}`).join('')}H${end}`;
  const marks = [...new Set([0, Math.round(highest / 2), highest])];
  return html`<svg class="curve" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="Over time: ${said}">
${marks.map((mark) => html`<line class="grid" x1="${LEFT}" x2="${end}" y1="${y(mark)}" y2="${y(mark)}"/><text x="${LEFT - 8}" y="${(Number(y(mark)) + 4).toFixed(1)}" text-anchor="end">${grouped(mark)}</text>`)}
${LINES.map(({ key, tone, dashes }) => html`<path class="${tone}" stroke-dasharray="${dashes}" d="${line(key)}"/>`)}
<text x="${LEFT}" y="${HEIGHT - 6}">${moment(first.at)}</text>${last.at !== first.at && html`<text x="${end}" y="${HEIGHT - 6}" text-anchor="end">${moment(last.at)}</text>`}
</svg>
<ul class="legend">${LINES.map(({ key, title, tone, dashes }) => html`<li><svg class="key" viewBox="0 0 24 8" aria-hidden="true"><path class="${tone}" stroke-dasharray="${dashes}" d="M0,4H24"/></svg><b>${grouped(counts[key])} ${title}</b></li>`)}</ul>
<p class="soft">Of the whole migration, as the server counted when this report was made.</p>`;
}

function thinned(series: Adoption['series']): Adoption['series'] {
  if (series.length <= MOST_POINTS) return series;
  const step = Math.ceil(series.length / MOST_POINTS);
  return series.filter((_, index) => index % step === 0 || index === series.length - 1);
}
