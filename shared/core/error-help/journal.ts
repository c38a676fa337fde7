import { type ErrorHelp, NOTHING_DONE, NOTHING_SENT } from './error-help.ts';

const CHAIN_STAYS = 'The journal is as it was.';

/** The journal of this machine: opening, writing, copies, erasing. */
export const journalHelp: Readonly<Record<string, ErrorHelp>> = {
  journal_busy: { happened: 'Another Drydock of this home is writing to the journal at this moment.', stays: NOTHING_SENT, remedy: 'Try again when it has finished. If none runs, look for a "drydock" command that hangs.' },
  journal_damaged: { happened: 'The file of the journal cannot be read as one any more, or its chain does not hold.', stays: NOTHING_SENT, remedy: 'Keep the file. "drydock journal verify" says where it is damaged; put a backup from before in its place with "drydock journal import FILE".' },
  journal_foreign: { happened: 'The file in the place of the journal is no journal of Drydock.', stays: 'Nothing was changed in it.', remedy: 'Move it away, or set DRYDOCK_HOME to another folder.' },
  journal_newer: { happened: 'A newer Drydock wrote this journal.', stays: 'Nothing was changed in it.', remedy: 'Update Drydock on this machine.' },
  journal_unavailable: { happened: 'The journal cannot be opened or made: the folder cannot be written, or the disk is full.', stays: 'Nothing was sent, for nothing is sent that cannot be recorded first.', remedy: 'Make room, or mend the rights of Drydock’s home. DRYDOCK_HOME names another folder.' },
  journal_not_durable: { happened: 'This disk cannot promise that what is written survives a loss of power.', stays: NOTHING_SENT, remedy: 'Put DRYDOCK_HOME on a local disk; network shares are often such.' },
  journal_latched: { happened: 'A write to the journal failed, so it takes no more entries until Drydock is started again.', stays: 'What was recorded before is whole. Runs go on at the server and are brought in later.', remedy: 'Make room on the disk, then close Drydock and start it again.' },
  journal_scope_erased: { happened: 'The people that this is about were erased from this journal.', stays: NOTHING_SENT, remedy: 'Plan their file anew with a dry run; to verify what was done before, use a Drydock that has not erased them.' },
  journal_intent_open: { happened: 'A call about these people was begun and its outcome is not known yet.', stays: 'Nothing was erased.', remedy: 'Connect to the environment of that call, which settles it, then erase.' },
  files_open_elsewhere: { happened: 'Another Drydock of this home has files open that may hold the same people.', stays: 'Nothing was erased.', remedy: 'Close its window, or wait for its command to end, then erase.' },
  backup_not_written: { happened: 'The backup of the journal could not be written.', stays: 'No half backup was left behind. The journal is as it was.', remedy: 'Make room, or choose another place, then try again.' },
  backup_does_not_hold: { happened: 'The journal itself does not hold, so a backup of it was refused.', stays: CHAIN_STAYS, remedy: 'Look at what "drydock journal verify" says. Keep the file as it is and put a backup from before in its place.' },
  export_not_written: { happened: 'The lines of the journal could not be written to the file.', stays: 'No half file was left behind. The journal is as it was.', remedy: 'Make room, or choose another place, then try again.' },
  import_refused: { happened: 'The file given as a backup was not taken as the journal.', stays: NOTHING_DONE, remedy: 'The message says which of its checks failed. Take another backup, of this home.' },
  not_to_be_asked_again: { happened: 'What was asked then cannot be asked again: its personal data was erased, or it was another environment or person.', stays: 'What was done before stays done.', remedy: 'Look at the run under Runs at the server.' },
};
