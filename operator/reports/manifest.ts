/** The files of every report; `report.pdf` besides, where it could be printed. */
export const REPORT_FILES = ['VERIFY.txt', 'journal.jsonl', 'receipt.json', 'receipt.json.sig', 'rejects.csv', 'report.html', 'report.json', 'results.csv'] as const;
export const OPTIONAL_REPORT_FILES = ['report.pdf'] as const;
export const MANIFEST = 'MANIFEST.sha256';
export const MANIFEST_SIGNATURE = 'MANIFEST.sha256.sig';

const LINE = /^([0-9a-f]{64}) {2}([A-Za-z0-9._-]+)$/;

/** The manifest as `sha256sum` writes and checks it: one line a file, by name. */
export function manifestText(hashes: ReadonlyMap<string, string>): string {
  return [...hashes]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, sha256]) => `${sha256}  ${name}\n`)
    .join('');
}

/** Names and hashes of a manifest; null when a line is not one, a name comes twice, or the last line has no end. */
export function parseManifest(text: string): ReadonlyMap<string, string> | null {
  const hashes = new Map<string, string>();
  const lines = text.split('\n');
  if (lines.pop() !== '') return null;
  for (const line of lines) {
    const [, sha256, name] = LINE.exec(line) ?? [];
    if (sha256 === undefined || name === undefined || hashes.has(name)) return null;
    hashes.set(name, sha256);
  }
  return hashes;
}
