import { createHash } from 'node:crypto';
import type { Gate } from '../../shared/core/gates.ts';
import { itemOutcomeSchema } from '../../shared/core/run-item.ts';
import { facts, hashText, type Html, html, type HtmlValue, moment } from './html-parts.ts';
import type { ReportHeader } from './report-document.ts';
import { rowsTable, type ShownRows } from './rows-table.ts';
import { counted, grouped } from './report-text.ts';
import { kindWords, outcomeWords, stateWords } from './report-words.ts';

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
${asked(header)}
${decided(header)}
${happened(header)}
${notHappened(header, shown)}
${rowsTable(header.run.kind, shown)}
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
<p class="lead">${summary(header)}</p>`;
}

/** In one sentence, what came of it. */
function summary({ run, counts }: ReportHeader): string {
  if (run.kind === 'dry_run') return `${counted(run.rows_total, 'row')} planned. Nothing was written.`;
  const parts = itemOutcomeSchema.options.filter((outcome) => counts[outcome] > 0).map((outcome) => `${grouped(counts[outcome])} ${outcomeWords[outcome].title}`);
  const open = run.rows_total - run.rows_done;
  if (open > 0) parts.push(`${grouped(open)} not done`);
  return parts.length === 0 ? 'No row was touched.' : `Of ${counted(run.rows_total, 'row')}: ${parts.join(', ')}.`;
}

function asked(header: ReportHeader): Html {
  const { run, source, plan } = header;
  const byAction = plan?.summary === null || plan === null ? [] : Object.entries(plan.summary.by_action).filter(([, count]) => count > 0);
  return html`<h2>What was asked</h2>
${facts([
  ['Migration', header.migration.playbook === null ? header.migration.id : `${header.migration.id} (${header.migration.playbook} ${header.migration.playbook_version ?? ''})`],
  ['Asked by', run.requested_by],
  ['Asked at', moment(run.created_at)],
  ['Source file', source.file],
  ['Its SHA-256', source.sha256 === null ? null : html`${hashText(source.sha256)} <span class="soft">(as the operator stated it)</span>`],
  ['Rows of the file', source.rows === null ? null : `${grouped(source.rows)}: ${grouped(source.accepted ?? 0)} could go on, ${grouped(source.rejected ?? 0)} rejected, ${counted(source.duplicates ?? 0, 'duplicate')}`],
  ['Cohort', hashText(header.cohort)],
  ['Plan', hashText(plan?.plan_hash ?? null)],
  ['The plan would', byAction.length === 0 ? null : byAction.map(([action, count]) => `${grouped(count)} ${action}`).join(', ')],
  ['Stage', run.stage_percent === null ? null : `${run.stage_percent} % of the plan`],
  ['Run', hashText(run.run_id)],
])}`;
}

function decided(header: ReportHeader): Html {
  const rows = header.approvals.map(
    (approval) => html`<tr><td>${approval.sub}</td><td class="${approval.decision === 'approve' ? 'good' : 'bad'}">${approval.decision === 'approve' ? 'approved' : 'rejected'}</td><td>${moment(approval.decided_at)}</td><td>${approval.comment === '' ? '-' : approval.comment}</td></tr>`,
  );
  return html`<h2>Who decided</h2>
${rows.length === 0 ? html`<p>Nobody approved or rejected this plan.</p>` : html`<div class="scroll"><table><thead><tr><th>Who</th><th>Decision</th><th>When</th><th>Comment</th></tr></thead><tbody>${rows}</tbody></table></div>`}
<h3>Gates</h3>
<ul class="gates">${header.gates.map(gateLine)}</ul>`;
}

function gateLine(gate: Gate): Html {
  const sign = gate.state === 'passed' ? html`<span class="good">✓</span>` : gate.state === 'not_needed' ? html`<span class="same">–</span>` : html`<span class="warn">○</span>`;
  const word = gate.state === 'passed' ? 'passed' : gate.state === 'not_needed' ? 'not needed' : 'not passed';
  return html`<li>${sign}<b>${gate.title}</b><span>${word}. <span class="soft">${gate.detail}</span></span></li>`;
}

function happened(header: ReportHeader): Html {
  const { run, counts, test_run: test } = header;
  const open = Math.max(0, run.rows_total - run.rows_done);
  const segments = [
    ...itemOutcomeSchema.options.filter((outcome) => counts[outcome] > 0).map((outcome) => ({ tone: outcomeWords[outcome].tone as string, title: outcomeWords[outcome].title, sentence: outcomeWords[outcome].sentence, count: counts[outcome] })),
    ...(open > 0 ? [{ tone: 'none', title: 'not done', sentence: 'the run did not come to them', count: open }] : []),
  ];
  return html`<h2>What happened</h2>
${run.kind === 'dry_run' ? html`<p>The server planned and wrote to no customer.</p>` : outcomeBar(segments)}
${facts([
  ['Started', moment(run.started_at) ?? 'not started'],
  ['Ended', moment(run.ended_at) ?? 'not ended'],
  ['How it ended', run.message],
  ['Dry run before it', hashText(run.preceding_dry_run)],
  ['Test run', test === null ? null : html`${test.passed ? 'passed' : 'not passed'}, its people ${test.restored ? 'put back' : 'not put back yet'} <span class="soft">(${test.members.map((member) => member.kind).join(', ')})</span>`],
  ['Read back', header.verification === null ? null : html`${stateWords[header.verification.state].title}, run ${hashText(header.verification.run_id)}`],
])}`;
}

type Segment = { readonly tone: string; readonly title: string; readonly sentence: string; readonly count: number };

/** Widths in hundredths of a percent, so that the picture is the same wherever it is drawn. */
function outcomeBar(segments: readonly Segment[]): Html {
  const total = segments.reduce((sum, segment) => sum + segment.count, 0);
  if (total === 0) return html`<p>No row was touched.</p>`;
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

function notHappened(header: ReportHeader, shown: ShownRows): Html {
  const { run, counts } = header;
  const open = Math.max(0, run.rows_total - run.rows_done);
  const said: HtmlValue[] = [];
  if (run.kind !== 'dry_run' && open > 0) said.push(html`<li>The run did not come to ${counted(open, 'row')} of the plan.</li>`);
  for (const outcome of ['failed', 'drifted', 'kept_changed_since', 'skipped'] as const) {
    if (counts[outcome] > 0) said.push(html`<li>${counted(counts[outcome], 'row')} ${outcomeWords[outcome].sentence}.</li>`);
  }
  for (const gate of header.gates) if (gate.state === 'open' || gate.state === 'closed') said.push(html`<li>The gate “${gate.title}” is not passed.</li>`);
  if (header.source.rejected !== null && header.source.rejected > 0) said.push(html`<li>${counted(header.source.rejected, 'row')} of the file rejected before any plan; see <code>rejects.csv</code>.</li>`);
  if (header.verification === null) said.push(html`<li>What was written was not read back by a verification.</li>`);
  for (const reason of header.left_out) said.push(html`<li>${reason}</li>`);
  const failures = shown.failures.map((failure) => html`<tr><td><code>${failure.code}</code></td><td>${failure.message}</td><td class="number">${grouped(failure.count)}</td></tr>`);
  return html`<h2>What did not</h2>
<ul class="plain">${said.length === 0 ? html`<li>Nothing was left open.</li>` : said}</ul>
${failures.length > 0 && html`<h3>Failures by reason</h3><div class="scroll"><table><thead><tr><th>Code</th><th>Reason</th><th class="number">Rows</th></tr></thead><tbody>${failures}</tbody></table></div>`}`;
}

function howToCheck(header: ReportHeader, verifyCommands: readonly string[]): Html {
  return html`<h2>How to check it</h2>
<p>This page is one file of a signed folder. Get <code>allowed_signers</code> from the environment's owner, never from whoever handed you the report. Put it into a copy of the folder and run there:</p>
<pre>${verifyCommands.map((command) => html`${command}
`)}</pre>
<p>The first and the last line must say “Good”, the second “OK” for every file. <code>drydock report verify</code> does all of it and more.</p>
${facts([
  ['Journal', header.journal.head === null ? null : html`entry ${header.journal.head.seq}, ${hashText(header.journal.head.hash)}`],
  ['Entries of this run', String(header.journal.entries)],
])}`;
}
