/** What of this machine can print a page as PDF. Each host brings its own; without one a report has no `report.pdf`. */
export interface PdfPrinter {
  /** In a sentence, why nothing can be printed here; undefined where it can be tried. */
  unavailable(): string | undefined;
  /**
   * Prints the page to `pdfPath`, which does not exist yet, without a network and within a time limit of its own. On
   * failure something may be left at `pdfPath`; nothing goes on running. Throws `PdfNotPrinted`.
   */
  print(page: { readonly htmlPath: string; readonly pdfPath: string }): Promise<void>;
}

/** A page that could not be printed. The message says why, in a sentence for people; it is never a reason for no report. */
export class PdfNotPrinted extends Error {
  override readonly name = 'PdfNotPrinted';
}

/** A long report of 400 rows prints in about two seconds on a slow machine. */
export const PRINT_TIMEOUT_MS = 60_000;
