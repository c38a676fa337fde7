import { sshTime } from '../../shared/core/allowed-signers.ts';
import { sshsigNamespaces } from '../../shared/core/sshsig.ts';
import { MANIFEST, MANIFEST_SIGNATURE } from './manifest.ts';

/** What the commands of a report are made of. */
export interface VerifyFacts {
  /** Who signed the report. */
  readonly sub: string;
  /** The server's principal. */
  readonly receiptPrincipal: string;
  /** The moment at which both keys must have counted. */
  readonly issuedAt: Date;
}

/** The three commands, to be run as they stand in a POSIX shell, in the folder, with `allowed_signers` put there. */
export function verifyCommands({ sub, receiptPrincipal, issuedAt }: VerifyFacts): readonly string[] {
  const verify = (principal: string, namespace: string, signature: string, file: string): string =>
    `ssh-keygen -Y verify -f allowed_signers -I ${quoted(principal)} -n ${namespace} -O verify-time=${sshTime(issuedAt)} -s ${signature} < ${file}`;
  return [
    verify(sub, sshsigNamespaces.report, MANIFEST_SIGNATURE, MANIFEST),
    `sha256sum -c ${MANIFEST}`,
    verify(receiptPrincipal, sshsigNamespaces.receipt, 'receipt.json.sig', 'receipt.json'),
  ];
}

/** VERIFY.txt (N2): for a machine without Drydock. The lines that begin with ssh-keygen or sha256sum are the commands. */
export function verifyText(asked: VerifyFacts): string {
  return `How to check this report without Drydock
========================================

You need ssh-keygen (OpenSSH 9.1 or newer) and sha256sum. No network.

1. Get the file allowed_signers from the owner of the environment, or with
   "drydock report signers" on a machine you trust. It says whose key may sign,
   and from when to when. Never take it from whoever handed you this folder.

2. Put it into a copy of this folder, and run these lines there. Each must end
   without an error: "Good ... signature" from ssh-keygen, "OK" for every file
   from sha256sum.

${verifyCommands(asked).join('\n')}

3. Look at the folder. Nothing may be in it that ${MANIFEST} does not name,
   but ${MANIFEST} itself, ${MANIFEST_SIGNATURE} and your allowed_signers.

What it proves: the first line, that the operator signed this list of files;
the second, that no file was changed since; the third, that the server states
in receipt.json what the run did: its plan, its counts, and the SHA-256 of its
items, which are the lines under "items" in report.json, each without its comma
and ended by a line feed. The keys are judged as of the time in receipt.json
(issued_at), so a key that ended later does no harm.
`;
}

/** A word of a shell command, in quotes unless it is made of harmless characters alone. */
function quoted(text: string): string {
  return /^[A-Za-z0-9@._:/+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
