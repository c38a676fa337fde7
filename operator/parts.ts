import type { Environments } from './environments/environments.ts';
import type { SecretStore } from './environments/secret-store.ts';
import type { Downloads, FileHandles } from './files.ts';
import type { Journal } from './journal/journal.ts';
import type { OperatorLog } from './log.ts';
import type { PdfPrinter } from './reports/pdf-printer.ts';
import type { RunMirror } from './runs/run-mirror.ts';
import type { CheckedSources } from './sources.ts';

export type Host = 'electron' | 'browser' | 'command-line';

/** What every handler group is made from. One set a launch. */
export interface OperatorParts {
  /** `DRYDOCK_HOME`: everything this operator keeps lies under it. */
  readonly home: string;
  readonly host: Host;
  readonly version: string;
  readonly clock: () => Date;
  readonly randomBytes: (count: number) => Uint8Array;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly log: OperatorLog;
  readonly files: FileHandles;
  readonly downloads: Downloads;
  /** A private path for a file that is to be handed out through `downloads`. */
  readonly newDownloadPath: () => string;
  /** For keys that must outlast a launch; tokens have a store of their own. */
  readonly secrets: SecretStore;
  readonly sources: CheckedSources;
  readonly journal: Journal;
  readonly environments: Environments;
  /** Runs as they were brought into the journal. */
  readonly mirror: RunMirror;
  /** Undefined where this host has nothing to print reports with. */
  readonly pdfPrinter: PdfPrinter | undefined;
}
