import type { JournalEntry } from '../../shared/core/journal-entry.ts';
import { payloadOf } from './payload.ts';

const callTitles: Readonly<Record<string, string>> = {
  putCohort: 'upload a cohort',
  dryRun: 'dry run',
  startTestRun: 'test run',
  rearmTestRun: 'put the test customers back',
  decideApproval: 'decide on a plan',
  execute: 'execute',
  rollBack: 'roll back',
  verifyRun: 'verify',
  pauseRun: 'pause',
  resumeRun: 'resume',
  stopRun: 'stop',
  registerSigner: 'register a report key',
  revokeSigner: 'revoke a report key',
};

const resultTitles: Readonly<Record<string, string>> = {
  done: 'done',
  refused: 'refused',
  not_sent: 'not sent',
  not_understood: 'answered by something else',
};

/** An entry in a few words, for lists. Nothing personal: it is made from the chain alone. */
export function titleOf(entry: JournalEntry): string {
  const payload = payloadOf(entry);
  const call = callTitles[text(payload['call'])] ?? text(payload['call']);
  switch (entry.kind) {
    case 'journal.opened':
      return 'Journal begun';
    case 'journal.key_replaced':
      return 'Key of the journal’s marks made anew';
    case 'journal.erased':
      return `Personal data of ${Array.isArray(payload['runs']) && payload['runs'].length > 1 ? `${payload['runs'].length} runs` : 'a run'} erased`;
    case 'environment.added':
      return `Environment ${text(payload['name'])} pinned`;
    case 'environment.removed':
      return `Environment ${text(payload['name'])} removed`;
    case 'environment.pin_confirmed':
      return `Change of environment ${text(payload['name'])} confirmed`;
    case 'source.checked':
      return `File checked: ${text(payload['accepted'])} of ${text(payload['rows'])} rows can go on`;
    case 'intent':
      return `About to: ${call}`;
    case 'outcome':
      return `${call}: ${resultTitles[text(payload['result'])] ?? ''}${payload['code'] === undefined ? '' : ` (${text(payload['code'])})`}${payload['settled'] === true ? ', asked again' : ''}`;
    case 'items.mirrored':
      return `Items ${text(payload['from'])} to ${text(payload['to'])} recorded`;
    case 'snapshots.mirrored':
      return payload['to'] === 0 ? 'No prior states to record' : `Prior states ${text(payload['from'])} to ${text(payload['to'])} recorded`;
    case 'receipt.kept':
      return 'Receipt of the server kept';
    case 'approvals.mirrored':
      return payload['decisions'] instanceof Array && payload['decisions'].length > 0 ? 'Decisions on it recorded' : 'Nobody had decided on it';
    case 'gates.mirrored':
      return 'Gates recorded as they stood';
    case 'run.observed':
      return `Run seen ${text(payload['state'])}`;
    case 'validation.step':
      return `Validation of the ${text(payload['test_row']).replaceAll('_', ' ')}: ${payload['result'] === 'failed' ? `failed (${text(payload['code'])})` : 'signed in and set a password'}`;
    case 'conformance.begun':
      return 'Check of the admin API begun, with people made up for it';
    case 'conformance.ended':
      if (payload['interrupted'] === true) return 'Check of the admin API left before its end';
      return `Check of the admin API: ${text(payload['holds'])} clauses hold, ${text(payload['broken'])} broken, ${text(payload['not_checked'])} not checked`;
    case 'report.exported':
      return 'Report exported';
    case 'report.verified':
      return 'Report verified';
    default:
      return entry.kind;
  }
}

function text(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}
