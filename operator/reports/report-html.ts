import { createHash } from 'node:crypto';
import { itemOutcomeSchema } from '../../shared/core/run-item.ts';
import { askedPart, decidedPart } from './html-asked.ts';
import { happenedPart, notHappenedPart } from './html-happened.ts';
import { facts, hashText, type Html, html, moment } from './html-parts.ts';
import type { ReportHeader } from './report-document.ts';
import { counted, grouped } from './report-text.ts';
import { kindWords, outcomeWord, stateWords } from './report-words.ts';
import { rowsTable, type ShownRows } from './rows-table.ts';

/**
 * The report for people (A5): what was asked, who decided, what happened, what did not, how to check it. One file, text
 * only, nothing fetched from anywhere; what came from outside is escaped and its invisible characters are shown.
 */
export function reportHtml(header: ReportHeader, shown: ShownRows, verifyCommands: readonly string[], styleSheet: string): string {
  const css = `${styleSheet}${pageFoot(header)}`;
  const styleHash = createHash('sha256').update(css).digest('base64');
  const title = `${header.migration.title}: ${kindWords[header.run.kind].toLowerCase()}`;
  const page = html`<title>${title} - Drydock report</title>
<style>${{ html: css }}</style>
</head>
<body>
<main>
${heading(header, title)}
${askedPart(header)}
${decidedPart(header)}
${happenedPart(header)}
${notHappenedPart(header, shown)}
${rowsTable(header, shown)}
${howToCheck(header, verifyCommands)}
<footer>Made by Drydock ${header.made.drydock_version} for ${header.made.by} with key <span class="hash">${header.made.key_fingerprint}</span>. Operator's clock ${moment(header.made.operator_clock)}, server's clock ${moment(header.made.server_clock)}.</footer>
</main>
</body>
</html>
`;
  const csp = `default-src 'none'; style-src 'sha256-${styleHash}'; base-uri 'none'; form-action 'none'`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${csp}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
${page.html}`;
}

/** The foot of every printed page: which run this is. A server's id may hold anything, so that only what cannot end a text of CSS goes in. */
function pageFoot({ run, migration }: ReportHeader): string {
  const plain = (text: string): string => text.replaceAll(/[^A-Za-z0-9 ._:@-]/g, '_').slice(0, 80);
  return `@page { @bottom-left { content: 'Drydock report, ${plain(migration.id)}, run ${plain(run.run_id)}'; font: 8pt system-ui, 'DejaVu Sans', sans-serif; color: #556270; } }\n`;
}

function heading(header: ReportHeader, title: string): Html {
  const { run, environment } = header;
  const state = stateWords[run.state];
  return html`<div class="over">Drydock report${header.redacted && ' (personal data replaced)'}</div>
<h1>${title}</h1>
<p><span class="badge ${environment.kind}">${environment.kind}: ${environment.name}</span> <span class="badge ${state.tone}">${state.title}</span></p>
<p class="lead">${summary(header)}</p>
${header.as_of !== undefined && html`<p class="warn">The server could not be asked when this report was made. It tells what was known on ${moment(header.as_of)}; the receipt is of ${moment(header.made.server_clock)}.</p>`}`;
}

/** In one sentence, what came of it. */
function summary({ run, counts }: ReportHeader): string {
  if (run.kind === 'dry_run') return `${counted(run.rows_total, 'row')} planned. Nothing was written.`;
  const parts = itemOutcomeSchema.options.filter((outcome) => counts[outcome] > 0).map((outcome) => `${grouped(counts[outcome])} ${outcomeWord(run.kind, outcome).title}`);
  const open = run.rows_total - run.rows_done;
  if (open > 0) parts.push(`${grouped(open)} not done`);
  return parts.length === 0 ? 'No row was touched.' : `Of ${counted(run.rows_total, 'row')}: ${parts.join(', ')}.`;
}

function howToCheck(header: ReportHeader, verifyCommands: readonly string[]): Html {
  return html`<h2>How to check it</h2>
<p>This page is one file of a signed folder. Get <code>allowed_signers</code> from the environment's owner, never from whoever handed you the report. Put it into a copy of the folder and run there:</p>
<pre tabindex="0">${verifyCommands.map((command) => html`${command}
`)}</pre>
<p>The first and the last line must say “Good”, the second “OK” for every file. <code>drydock report verify</code> does all of it and more.</p>
${facts([
  ['Journal', header.journal.head === null ? null : html`entry ${header.journal.head.seq}, ${hashText(header.journal.head.hash)}`],
  ['Entries of this run', String(header.journal.entries)],
])}`;
}
