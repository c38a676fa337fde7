import { assertNever } from '../../shared/core/assert-never.ts';
import { facts, hashText, type Html, html, moment } from './html-parts.ts';
import type { ReportHeader } from './report-document.ts';
import type { ReportGate } from './report-gates.ts';
import { counted, grouped } from './report-text.ts';
import { kindWords } from './report-words.ts';

const NAMED_PEOPLE = 20;

/** What was asked, of whom and when. */
export function askedPart(header: ReportHeader): Html {
  const { run, source, plan } = header;
  const byAction = plan?.summary === null || plan === null ? [] : Object.entries(plan.summary.by_action).filter(([, count]) => count > 0);
  return html`<h2>What was asked</h2>
${facts([
  ['Migration', header.migration.playbook === null ? header.migration.id : `${header.migration.id} (${header.migration.playbook} ${header.migration.playbook_version ?? ''})`],
  ['Asked by', run.requested_by],
  ['Asked at', moment(run.created_at)],
  ...rollbackFacts(header),
  ...verifiedFacts(header),
  ['Source file', source.file],
  ['Its SHA-256', source.sha256 === null ? null : html`${hashText(source.sha256)} <span class="soft">(as the operator stated it)</span>`],
  ['Rows of the file', source.rows === null ? null : `${grouped(source.rows)}: ${grouped(source.accepted ?? 0)} could go on, ${grouped(source.rejected ?? 0)} rejected, ${counted(source.duplicates ?? 0, 'duplicate')}`],
  ['Cohort', hashText(header.cohort)],
  ['Plan', hashText(plan?.plan_hash ?? null)],
  ['The plan would', run.kind === 'dry_run' || byAction.length === 0 ? null : byAction.map(([action, count]) => `${grouped(count)} ${action}`).join(', ')],
  ['Stage', run.stage_percent === null ? null : `${run.stage_percent} % of the plan`],
  ['Run', hashText(run.run_id)],
])}`;
}

type Facts = Parameters<typeof facts>[0];

function rollbackFacts({ rollback }: ReportHeader): Facts {
  if (rollback === undefined) return [];
  const { whom, people, emails, undid } = rollback;
  const named = emails.slice(0, NAMED_PEOPLE);
  const more = (people ?? 0) - named.length;
  return [
    ['Put back', whom === 'all' ? 'everybody whom the runs of this migration had written' : whom === 'some' ? html`${grouped(people ?? 0)} named: ${named.join(', ')}${more > 0 && ` and ${grouped(more)} more`}` : 'those in the rows below'],
    ['Preview', hashText(rollback.rollback_hash)],
    ['It put back the work of', undid.length === 0 ? null : undid.map(({ run_id, kind, created_at }) => html`<span class="change">${kindWords[kind].toLowerCase()} ${hashText(run_id)} of ${moment(created_at)}</span>`)],
  ];
}

function verifiedFacts({ verified }: ReportHeader): Facts {
  if (verified === undefined) return [];
  const { kind, run_id: runId, sample, rows_written: written } = verified;
  return [
    ['Read back', runId === null ? null : html`${kind === null ? 'run' : kindWords[kind].toLowerCase()} ${hashText(runId)}`],
    ['How much of it', sample !== null ? `a sample of ${grouped(sample.size)} of ${written === null ? 'its' : grouped(written)} rows, seed ${sample.seed}` : written === null ? null : `all ${grouped(written)} rows that it wrote`],
  ];
}

/** Who decided what, and the gates that this run had to pass. */
export function decidedPart(header: ReportHeader): Html {
  const rows = header.approvals.map(
    (approval) => html`<tr><td>${approval.sub}</td><td class="${approval.decision === 'approve' ? 'good' : 'bad'}">${approval.decision === 'approve' ? 'approved' : 'rejected'}</td><td>${moment(approval.decided_at)}</td><td>${approval.comment === '' ? '-' : approval.comment}</td></tr>`,
  );
  return html`<h2>Who decided</h2>
${rows.length === 0 ? html`<p>${nobodyDecided(header)}</p>` : html`<div class="scroll" tabindex="0" role="region" aria-label="Decisions"><table><thead><tr><th scope="col">Who</th><th scope="col">Decision</th><th scope="col">When</th><th scope="col">Comment</th></tr></thead><tbody>${rows}</tbody></table></div>`}
${header.gates.length > 0 && html`<h3>Gates</h3>
<ul class="gates">${header.gates.map(gateLine)}</ul>`}`;
}

function nobodyDecided({ run }: ReportHeader): string {
  switch (run.kind) {
    case 'dry_run':
      return 'Nobody had to: a dry run writes to no customer.';
    case 'verification':
      return 'Nobody had to: a verification reads, and is no gate.';
    case 'rollback':
      return 'Nobody approved or rejected this rollback.';
    case 'test_run':
    case 'execution':
      return 'Nobody approved or rejected this plan.';
    default:
      return assertNever(run.kind);
  }
}

function gateLine(gate: ReportGate): Html {
  const sign = gate.state === 'passed' ? html`<span class="good" aria-hidden="true">✓</span>` : gate.state === 'not_needed' ? html`<span class="same" aria-hidden="true">–</span>` : html`<span class="warn" aria-hidden="true">○</span>`;
  const word = gate.state === 'passed' ? 'passed' : gate.state === 'not_needed' ? 'not needed' : 'not passed';
  return html`<li>${sign}<b>${gate.title}</b><span>${word}. <span class="soft">${gate.detail}</span></span></li>`;
}
