import { useEffect, useRef, useState } from 'react';
import type { OperatorProblem } from '../../shared/contract/operator/reply.ts';
import type { VerifiedReport } from '../../shared/contract/operator/reports.ts';
import type { PickedFile, PickedReport } from '../host.ts';
import { useHost, useOperator, useOperatorCommand } from '../operator.ts';

/** A report that was brought here, whose signers count for it, and what came of it. */
export interface ReportVerification {
  readonly busy: boolean;
  readonly problem: OperatorProblem | undefined;
  readonly report: PickedReport | null;
  readonly signers: PickedFile | null;
  readonly verdict: VerifiedReport | undefined;
  choose(as: 'zip' | 'folder'): void;
  drop(transfer: DataTransfer): void;
  chooseSigners(): void;
  dropSigners(transfer: DataTransfer): void;
  forgetSigners(): void;
  /** Lets go of the report, and of what came of it. */
  close(): void;
}

/** Verifies as soon as a report is brought, and again when who may sign is said otherwise. */
export function useReportVerification(): ReportVerification {
  const host = useHost();
  const client = useOperator();
  const verify = useOperatorCommand('reports.verify');
  const [report, setReport] = useState<PickedReport | null>(null);
  const [signers, setSigners] = useState<PickedFile | null>(null);
  const [verdict, setVerdict] = useState<VerifiedReport | undefined>(undefined);
  const [handing, setHanding] = useState<{ readonly busy: boolean; readonly problem: OperatorProblem | undefined }>({ busy: false, problem: undefined });

  const release = (handles: readonly string[]): void => {
    // Uploads go when Drydock closes at the latest, so that one which cannot be let go now is no trouble.
    for (const handle of handles) void client.call('app.releaseFile', { handle }).catch(() => undefined);
  };
  const held = useRef<readonly string[]>([]);
  held.current = [...handlesOf(report), ...(signers === null ? [] : [signers.handle])];
  const latestRelease = useRef(release);
  latestRelease.current = release;
  useEffect(() => () => latestRelease.current(held.current), []);

  const judge = async (brought: PickedReport | null, by: PickedFile | null): Promise<void> => {
    setVerdict(undefined);
    if (brought === null) return;
    const asked = 'handle' in brought ? { handle: brought.handle } : { file_handles: [...brought.file_handles], folder_name: brought.name };
    setVerdict(await verify.run({ ...asked, ...(by === null ? {} : { signers_handle: by.handle }) }));
  };

  /** Brings something from the person; what goes wrong on the way is said, and what was here stays. */
  async function bring<Brought>(from: () => Promise<Brought | null>, take: (brought: Brought) => Promise<void>): Promise<void> {
    verify.clear();
    setHanding({ busy: true, problem: undefined });
    try {
      const brought = await from();
      setHanding({ busy: false, problem: undefined });
      if (brought !== null) await take(brought);
    } catch (thrown) {
      setHanding({ busy: false, problem: { code: 'file_not_taken', title: 'That could not be taken', detail: thrown instanceof Error ? thrown.message : 'Try again.', request_id: null } });
    }
  }
  const takeReport = async (brought: PickedReport): Promise<void> => {
    release(handlesOf(report));
    setReport(brought);
    await judge(brought, signers);
  };
  const takeSigners = async (brought: PickedFile | null): Promise<void> => {
    if (signers !== null) release([signers.handle]);
    setSigners(brought);
    await judge(report, brought);
  };

  return {
    busy: handing.busy || verify.busy,
    problem: handing.problem ?? verify.problem,
    report,
    signers,
    verdict,
    choose: (as) => void bring(() => host.openReport(as), takeReport),
    drop: (transfer) => {
      // Asked for in the event itself: a drop is empty right after.
      const dropped = host.reportFromDrop(transfer);
      void bring(() => dropped, takeReport);
    },
    chooseSigners: () => void bring(() => host.openFile('signers'), takeSigners),
    dropSigners: (transfer) => {
      const [file] = [...transfer.files];
      void bring(() => (file === undefined ? Promise.resolve(null) : host.fileFromDrop(file, 'signers')), takeSigners);
    },
    forgetSigners: () => void takeSigners(null),
    close: () => {
      release(handlesOf(report));
      verify.clear();
      setHanding({ busy: false, problem: undefined });
      setReport(null);
      setVerdict(undefined);
    },
  };
}

function handlesOf(report: PickedReport | null): readonly string[] {
  if (report === null) return [];
  return 'handle' in report ? [report.handle] : report.file_handles;
}
