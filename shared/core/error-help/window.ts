import { type ErrorHelp, NOTHING_DONE, NOTHING_SENT } from './error-help.ts';

/** The window, and what lies between it and the operator. */
export const windowHelp: Readonly<Record<string, ErrorHelp>> = {
  operator_unreachable: { happened: 'The part of Drydock that does the work does not answer: it was closed, or this machine was asleep.', stays: 'A run that was started goes on at the server.', remedy: 'Start Drydock again to see it.' },
  not_admitted: { happened: 'This tab or page is not the one that Drydock opened.', stays: NOTHING_DONE, remedy: 'The address of a launch works once, in one tab. Close this one and start Drydock again.' },
  file_missing: { happened: 'A file that was opened lately is not where it was: it was moved, renamed or deleted.', stays: 'Nothing else has changed.', remedy: 'Open it from where it is now.' },
  window_fault: { happened: 'The window met a fault of its own.', stays: 'What was asked before it may have been done: it is under Runs and in the journal.', remedy: 'Try again. If it comes back, reload the window.' },
  internal: { happened: 'Drydock met a fault of its own.', stays: 'Nothing more was sent.', remedy: 'Try again. If it comes back, start Drydock anew; "drydock runs" says where things stand.' },
  unknown_procedure: { happened: 'Window and operator are of different versions.', stays: NOTHING_DONE, remedy: 'Close Drydock and start it again.' },
  unreadable_reply: { happened: 'The operator answered in a form that the window does not know.', stays: 'Whether the call took effect is not known here.', remedy: 'Look at Runs before trying again, then start Drydock anew: window and operator are of different versions.' },
};

/** The command line. */
export const commandLineHelp: Readonly<Record<string, ErrorHelp>> = {
  usage: { happened: 'The command was not understood.', stays: NOTHING_DONE, remedy: 'The message says which part. "drydock help COMMAND" lists what it takes.' },
  interrupted: { happened: 'You interrupted the command.', stays: 'A run that was started goes on at the server.', remedy: '"drydock runs" says where it stands; "drydock stop RUN" stops it.' },
  not_confirmed: { happened: 'The question was not answered with yes.', stays: NOTHING_DONE, remedy: 'Run the command again to be asked again, or give --yes.' },
  output_not_written: { happened: 'The file that was to be written could not be.', stays: 'No half file was left behind.', remedy: 'Make room, or name another place; a file that is there already is never replaced.' },
  port_taken: { happened: 'The port that was asked for is used by something else or reserved.', stays: 'Drydock was not started.', remedy: 'Leave --port out and a free one is taken, or name another.' },
  not_built: { happened: 'The window is not built in this installation.', stays: 'Drydock was not started.', remedy: 'Run "npm ci && npm run build" first.' },
};

/** What stops "drydock-server" from starting. */
export const serverStartHelp: Readonly<Record<string, ErrorHelp>> = {
  bad_setting: { happened: 'A setting of the server is missing or not of the form it must have.', stays: 'The server was not started.', remedy: 'The line names the setting. Correct it and start again; docs/operating.md lists them all.' },
  cannot_listen: { happened: 'The server cannot listen at its address and port.', stays: 'The server was not started.', remedy: 'Free the port or set DRYDOCK_PORT to another one.' },
  folder_in_use: { happened: 'Another server uses the folder of the embedded database.', stays: 'The server was not started, and the data is as it was.', remedy: 'Stop the other one, or set DRYDOCK_DATA to another folder.' },
  not_a_practice_folder: { happened: 'A reset was asked for a folder that practice did not make.', stays: NOTHING_SENT.replace('sent to the environment', 'deleted'), remedy: 'Check DRYDOCK_DATA; only a folder with the marker of practice is ever deleted.' },
  schema_mismatch: { happened: 'The database is of another version than this server.', stays: 'The server was not started, and the data is as it was.', remedy: 'Run "drydock-server migrate", or update the server where the database is the newer one.' },
};
