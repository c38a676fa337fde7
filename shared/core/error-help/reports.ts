import { type ErrorHelp, NOTHING_DONE } from './error-help.ts';

const NO_REPORT = 'No report was written, and nothing half-written was left.';

/** Reports and the keys that sign them. */
export const reportHelp: Readonly<Record<string, ErrorHelp>> = {
  report_exists: { happened: 'There is something at the place where the report was to go.', stays: 'It was left as it is. No report was written.', remedy: 'Choose a folder that does not exist yet.' },
  report_not_written: { happened: 'The report could not be written to its end.', stays: NO_REPORT, remedy: 'Make room or choose another folder, then export again.' },
  report_not_listed: { happened: 'The report was written and could not be put on the list of reports.', stays: 'The report itself is whole.', remedy: 'Make room on the disk of Drydock’s home. The report can be verified where it is.' },
  report_not_kept: { happened: 'The server cannot be reached and too little of the run is kept here to report it.', stays: NO_REPORT, remedy: 'Export it when the server answers again, or on the machine that watched the run to its end.' },
  report_missing: { happened: 'There is no report at that place any more.', stays: 'What was exported elsewhere is as it was.', remedy: 'Choose the folder of a report or its zip, or export it again.' },
  not_a_report: { happened: 'What was chosen is no report of Drydock.', stays: 'Nothing was changed in it.', remedy: 'Choose the folder of a report, or its zip as it was exported.' },
  reports_unreadable: { happened: 'The list of exported reports under the home was changed or damaged.', stays: 'The reports themselves are where they were.', remedy: 'Move reports.json away; reports can be verified by their folder.' },
  unknown_report: { happened: 'That report is not on the list here.', stays: NOTHING_DONE, remedy: 'Export it again, or choose its folder.' },
  run_moved_on: { happened: 'The run went on while it was being reported.', stays: NO_REPORT, remedy: 'Export it once the run has ended or is paused.' },
  no_room: { happened: 'There is no room to lay out the report that is to be verified.', stays: 'The report itself was not touched.', remedy: 'Make room on the disk that is named, or unpack the zip elsewhere and choose the folder.' },
  signers_unreadable: { happened: 'The list of signers that was given, or that is remembered here, cannot be read.', stays: 'Nothing was judged by it.', remedy: 'Give a file of allowed_signers lines as "drydock report signers" prints them. The remembered list can be moved away: it is made again from the server.' },
  signers_not_kept: { happened: 'What the server said of signers could not be stored.', stays: 'What was remembered before is as it was.', remedy: 'Make room on the disk of Drydock’s home, then try again.' },
  signer_not_listed: { happened: 'The server does not list a key that it has just taken or revoked.', stays: 'Whether it took effect shows in its list.', remedy: 'Look at Settings, Report keys, again. If it stays so, tell whoever runs the server.' },
  signer_key_damaged: { happened: 'Your report key cannot be read.', stays: 'Reports that it signed still verify.', remedy: 'Restore the stored secret that is named, or remove it: then a new key is made, which an approver must let in.' },
  receipt_key: { happened: 'The key is the server’s own, which signs receipts.', stays: 'Nothing was revoked.', remedy: 'It ends when whoever runs the server sets another one (DRYDOCK_RECEIPT_KEY).' },
};
