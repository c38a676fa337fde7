import { htmlText } from './report-text.ts';

/** Markup that was made here out of escaped text. Nothing else is ever put into the page as it is. */
export type Html = { readonly html: string };

/** Builds markup: what is put in is escaped unless it is markup itself, lists are joined, null and false are nothing. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return { html: parts.reduce((made, part, index) => made + markupOf(values[index - 1]) + part) };
}

export type HtmlValue = string | number | Html | readonly HtmlValue[] | null | undefined | false;

function markupOf(value: HtmlValue): string {
  if (value === null || value === undefined || value === false) return '';
  if (typeof value === 'string') return htmlText(value);
  if (typeof value === 'number') return String(value);
  return isList(value) ? value.map(markupOf).join('') : value.html;
}

function isList(value: readonly HtmlValue[] | Html): value is readonly HtmlValue[] {
  return Array.isArray(value);
}

/** Terms and what they stand for; those without a value are left out. */
export function facts(rows: readonly (readonly [string, HtmlValue])[]): Html {
  const shown = rows.filter(([, value]) => value !== null && value !== undefined && value !== false);
  return html`<dl>${shown.map(([term, value]) => html`<dt>${term}</dt><dd>${value}</dd>`)}</dl>`;
}

export function hashText(hash: string | null): Html | null {
  return hash === null ? null : html`<span class="hash">${hash}</span>`;
}

/** A moment as it is written everywhere in a report: UTC, to the second. */
export function moment(at: string | null): string | null {
  return at === null ? null : `${at.slice(0, 19).replace('T', ' ')} UTC`;
}
