import type { Send } from '../../shared/contract/operator/client.ts';
import { dispatch, type Handlers } from '../../shared/contract/operator/dispatch.ts';
import { OperatorError } from '../../shared/contract/operator/reply.ts';
import type { Host } from '../host.ts';
import { fakeAppHandlers } from './fake-app-handlers.ts';
import { fakeKeyHandlers } from './fake-key-handlers.ts';
import { fakeRunHandlers } from './fake-run-handlers.ts';
import { fakeUndoHandlers } from './fake-undo-handlers.ts';
import { fakeWayHandlers } from './fake-way-handlers.ts';
import type { FakeWorld } from './fake-world.ts';

/** A test double of the operator: every reply goes through the contract's own dispatch, so it is true to the schemas. */
export function fakeSend(world: FakeWorld): Send {
  const handlers = fakeHandlers(world);
  return (name, input) => {
    world.calls.push({ name, input });
    const problem = world.problems.get(name);
    if (problem !== undefined) return dispatch({ ...handlers, [name]: () => Promise.reject(new OperatorError(problem)) }, name, input, { transport: 'in-process' }, () => undefined);
    return dispatch(handlers, name, input, { transport: 'in-process' }, (faulty, fault) => world.calls.push({ name: `fault of ${faulty}`, input: fault }));
  };
}

/** One made-up answer a procedure. */
export function fakeHandlers(world: FakeWorld): Handlers {
  return {
    ...fakeAppHandlers(world),
    ...fakeKeyHandlers(world),
    ...fakeWayHandlers(world),
    ...fakeRunHandlers(world),
    ...fakeUndoHandlers(world),
    'views.export': ({ view }) => Promise.resolve({ download_id: `dl_${view.of}`, file_name: `${view.of}.csv`, rows: 1 }),
  };
}

/** A host over a made-up operator. Files are whatever is dropped. */
export function fakeHost(world: FakeWorld): Host {
  return {
    kind: 'browser',
    send: fakeSend(world),
    openFile: (wanted) => Promise.resolve({ handle: 'file_1', file_name: wanted === 'csv' ? 'account-prep-60.csv' : 'allowed_signers' }),
    fileFromDrop: (file) => Promise.resolve({ handle: 'file_1', file_name: file.name }),
    openReport: () => Promise.resolve({ name: 'report.zip', handle: 'file_report' }),
    reportFromDrop: (transfer) => Promise.resolve({ name: transfer.files[0]?.name ?? '', handle: 'file_report' }),
    saveDownload: (downloadId) => {
      world.calls.push({ name: 'saveDownload', input: downloadId });
      return Promise.resolve();
    },
    listen: (listener) => void (world.tell = listener),
    setTheme: (theme) => void world.calls.push({ name: 'setTheme', input: theme }),
    showFolder: undefined,
  };
}
