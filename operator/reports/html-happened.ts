import { planActionSchema, planMatchSchema } from '../../shared/core/plan-row.ts';
import type { PlanSummary } from '../../shared/core/plan-summary.ts';
import { itemOutcomeSchema } from '../../shared/core/run-item.ts';
import { findPlaybook } from '../../shared/playbooks/registry.ts';
import { facts, hashText, type Html, html, type HtmlValue, moment } from './html-parts.ts';
import { adoptionChart, segmentedBar } from './report-charts.ts';
import type { ReportHeader } from './report-document.ts';
import { counted, grouped } from './report-text.ts';
import { actionTones, outcomeWord, stateWords } from './report-words.ts';
import type { ShownRows } from './rows-table.ts';

/** What came of it, in numbers and pictures. */
export function happenedPart(header: ReportHeader): Html {
  const { run, test_run: test } = header;
  return html`<h2>${run.kind === 'dry_run' ? 'What would change' : 'What happened'}</h2>
${run.kind === 'dry_run' ? planNumbers(header) : segmentedBar(outcomeSegments(header), 'No row was touched.')}
${facts([
  ['Started', moment(run.started_at) ?? (run.kind === 'dry_run' || run.kind === 'verification' ? null : 'not started')],
  ['Ended', moment(run.ended_at) ?? 'not ended'],
  ['How it stands', run.message],
  ['Dry run before it', hashText(run.preceding_dry_run)],
  ['Previewed', header.rollback?.previewed === undefined || header.rollback.previewed === null ? null : `${grouped(header.rollback.previewed.reverted)} to be put back, ${grouped(header.rollback.previewed.kept_changed_since)} to be kept, ${grouped(header.rollback.previewed.nothing_to_revert)} with nothing to put back`],
  ['Test run', test === null || run.kind === 'test_run' ? null : html`${test.passed ? 'passed' : 'not passed'}, its people ${test.restored ? 'put back' : 'not put back yet'} <span class="soft">(${test.members.map((member) => member.kind).join(', ')})</span>`],
  ['Read back', header.verification === null ? null : html`${stateWords[header.verification.state].title}, run ${hashText(header.verification.run_id)}`],
])}
${run.kind === 'test_run' && test !== null && testMembers(test)}
${header.adoption !== undefined && html`<h3>Who has come how far</h3>${adoptionChart(header.adoption)}`}`;
}

function outcomeSegments({ run, counts }: ReportHeader) {
  const open = Math.max(0, run.rows_total - run.rows_done);
  return [
    ...itemOutcomeSchema.options.filter((outcome) => counts[outcome] > 0).map((outcome) => ({ ...outcomeWord(run.kind, outcome), count: counts[outcome] })),
    ...(open > 0 ? [{ tone: 'none', title: 'not done', sentence: 'the run did not come to them', count: open }] : []),
  ];
}

/** A dry run in numbers (A5): by action, by match, and what to look at. */
function planNumbers({ plan, migration, run }: ReportHeader): Html {
  const summary = plan?.summary ?? null;
  if (summary === null) return html`<p>The server planned ${counted(run.rows_total, 'row')} and wrote to no customer.</p>`;
  const words = migration.playbook === null ? undefined : findPlaybook(migration.playbook);
  const actions = planActionSchema.options.filter((action) => summary.by_action[action] > 0);
  return html`${segmentedBar(
    actions.map((action) => ({ tone: actionTones[action], title: action, sentence: words?.actions[action].title.toLowerCase() ?? '', count: summary.by_action[action] })),
    'The plan has no rows.',
  )}
${countTable('Match', planMatchSchema.options.filter((match) => summary.by_match[match] > 0).map((match) => [match, words?.matches[match].sentence ?? '', summary.by_match[match]]))}
${warningTable(summary, words?.warnings)}`;
}

function warningTable({ warnings }: PlanSummary, words: Readonly<Record<string, { readonly sentence: string }>> | undefined): Html {
  const rows = Object.entries(warnings).map(([code, count]): CountRow => [code, words !== undefined && Object.hasOwn(words, code) ? (words[code]?.sentence ?? '') : '', count]);
  return rows.length === 0 ? html`<p>No row has a warning.</p>` : countTable('Warning', rows);
}

type CountRow = readonly [code: string, sentence: string, count: number];

function countTable(title: string, rows: readonly CountRow[]): Html {
  return html`<table class="counts"><thead><tr><th scope="col">${title}</th><th scope="col">What it means</th><th scope="col" class="number">Rows</th></tr></thead><tbody>${rows.map(([code, sentence, count]) => html`<tr><td><code>${code}</code></td><td>${sentence}</td><td class="number">${grouped(count)}</td></tr>`)}</tbody></table>`;
}

const SEEN = [
  ['prepared', 'prepared'],
  ['signed_in', 'signed in'],
  ['held_at_reset', 'held at the reset'],
  ['password_set', 'new password set'],
  ['event_recorded', 'event recorded'],
  ['restored', 'put back'],
] as const;

/** What the server itself saw of each test customer. */
function testMembers({ members, passed, restored }: NonNullable<ReportHeader['test_run']>): Html {
  return html`<h3>What the server saw of each test customer</h3>
<p>The test run ${passed ? 'passed' : 'has not passed'}; its people are ${restored ? 'put back' : 'not put back yet'}.</p>
<div class="scroll" tabindex="0" role="region" aria-label="Test customers"><table><thead><tr><th scope="col">Who</th><th scope="col">Kind</th>${SEEN.map(([, title]) => html`<th scope="col">${title}</th>`)}</tr></thead><tbody>${members.map((member) => html`<tr><td>${member.email}</td><td>${member.kind}</td>${SEEN.map(([key]) => html`<td class="${member[key] ? 'good' : 'warn'}">${member[key] ? 'yes' : 'no'}</td>`)}</tr>`)}</tbody></table></div>`;
}

/** What did not happen, and what is not in this report. */
export function notHappenedPart(header: ReportHeader, shown: ShownRows): Html {
  const said = [...unfinished(header), ...unsettled(header), ...notDone(header), ...header.left_out.map((reason) => html`<li>${reason}</li>`)];
  const failures = shown.failures.map((failure) => html`<tr><td><code>${failure.code}</code></td><td>${failure.message}</td><td class="number">${grouped(failure.count)}</td></tr>`);
  return html`<h2>${header.run.kind === 'dry_run' ? 'What would not' : 'What did not'}</h2>
<ul class="plain">${said.length === 0 ? html`<li>Nothing was left open.</li>` : said}</ul>
${failures.length > 0 && html`<h3>Failures by reason</h3><div class="scroll" tabindex="0" role="region" aria-label="Failures by reason"><table><thead><tr><th scope="col">Code</th><th scope="col">Reason</th><th scope="col" class="number">Rows</th></tr></thead><tbody>${failures}</tbody></table></div>`}`;
}

/** Why a run has not come to its end. */
function unfinished({ run }: ReportHeader): HtmlValue[] {
  const open = Math.max(0, run.rows_total - run.rows_done);
  const said: HtmlValue[] = [];
  if (run.ended_at === null && run.kind !== 'dry_run') said.push(html`<li>The run has not ended: it is ${stateWords[run.state].title}, and may go on after this report.</li>`);
  if (run.state === 'stopped') said.push(html`<li>The run was stopped before its end. What was done stays done.</li>`);
  if (run.state === 'failed') said.push(html`<li>The run failed before its end. What was done stays done.</li>`);
  if (run.kind !== 'dry_run' && open > 0) said.push(html`<li>The run did not come to ${counted(open, 'row')}.</li>`);
  if (run.stage_percent !== null && run.stage_percent < 100) said.push(html`<li>This run covers a stage of ${run.stage_percent} % of its plan; the rest of the plan is not of this run.</li>`);
  return said;
}

/** Rows that were not settled as a reader may have hoped. */
function unsettled({ run, counts, plan, source }: ReportHeader): HtmlValue[] {
  const said: HtmlValue[] = [];
  for (const outcome of ['failed', 'drifted', 'kept_changed_since', 'skipped'] as const) {
    if (counts[outcome] > 0) said.push(html`<li>${counted(counts[outcome], 'row')} ${outcomeWord(run.kind, outcome).sentence}.</li>`);
  }
  const summary = run.kind === 'dry_run' ? plan?.summary : undefined;
  for (const [action, sentence] of [['BLOCKED', 'blocked by a conflict that a person must solve first'], ['SKIP', 'left out by a decision'], ['COMPLETE', 'complete already, and never prepared again']] as const) {
    const count = summary?.by_action[action] ?? 0;
    if (count > 0) said.push(html`<li>${counted(count, 'row')} ${sentence}.</li>`);
  }
  if (run.kind !== 'rollback' && run.kind !== 'verification' && source.rejected !== null && source.rejected > 0) said.push(html`<li>${counted(source.rejected, 'row')} of the file rejected before any plan; see <code>rejects.csv</code>.</li>`);
  return said;
}

/** Steps that were not made. Verification and report are no gates: the report says what was not done. */
function notDone(header: ReportHeader): HtmlValue[] {
  const said: HtmlValue[] = header.gates.filter((gate) => (gate.state === 'open' || gate.state === 'closed')).map((gate) => html`<li>The gate “${gate.title}” is not passed.</li>`);
  if (header.run.kind === 'execution' && header.verification === null) said.push(html`<li>What was written was not read back by a verification.</li>`);
  return said;
}
