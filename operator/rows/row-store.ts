import { Worker } from 'node:worker_threads';
import { problem } from '../problems.ts';
import { LANES, type RowAnswers, type RowCall, type RowReply, type Turn } from './row-messages.ts';
import { type RowView, viewKey } from './row-view.ts';

/**
 * Lists of rows in a thread of their own: filtered, searched and sorted there in a temporary database, however many there
 * are, and whoever asks is never held up. What is personal in them lies in memory and in a file without a name, which is gone with the thread.
 */
export interface RowStore {
  /**
   * @throws OperatorError `rows_overtaken` when a later call of its lane asked for another view, `rows_lost` when the list
   * is not here (any more), `rows_no_room` when the disk is full
   */
  ask<Call extends RowCall>(call: Call, ask: RowAnswers[Call]['ask']): Promise<RowAnswers[Call]['answer']>;
  /** The turn of a view in a lane of the window; a lane that was not named overtakes nobody. */
  turnOf(lane: string | undefined, list: string, view: RowView): Turn | null;
  /** Whether a list was begun, and nothing was lost since. */
  has(list: string): boolean;
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (answer: RowAnswers[RowCall]['answer']) => void;
  readonly reject: (thrown: Error) => void;
}

interface Running {
  readonly worker: Worker;
  readonly waiting: Map<number, Waiting>;
}

/** Opens an empty one. Its thread begins with the first list. */
export function openRowStore(): RowStore {
  const turns = new SharedArrayBuffer(LANES * Int32Array.BYTES_PER_ELEMENT);
  const turnNumbers = new Int32Array(turns);
  const lanes = new Map<string, { readonly lane: number; view: string }>();
  const lists = new Set<string>();
  let running: Running | undefined;
  let calls = 0;
  let isClosed = false;

  function start(): Running {
    const worker = new Worker(new URL('./rows-worker.ts', import.meta.url), { workerData: { turns } });
    const started: Running = { worker, waiting: new Map() };
    worker.unref();
    worker.on('message', (reply: RowReply) => settle(started, reply));
    worker.once('error', () => lose(started));
    worker.once('exit', () => lose(started));
    return started;
  }

  function settle(from: Running, reply: RowReply): void {
    const waiting = from.waiting.get(reply.id);
    from.waiting.delete(reply.id);
    if (from.waiting.size === 0) from.worker.unref();
    switch (reply.state) {
      case 'done':
        return waiting?.resolve(reply.answer);
      case 'overtaken':
        return waiting?.reject(problem('rows_overtaken', 'Something else was asked for meanwhile', 'The later question is answered.'));
      case 'unknown_list':
        return waiting?.reject(lost());
      case 'no_room':
        waiting?.reject(problem('rows_no_room', 'There is no room for the rows', 'To be filtered and sorted they lie in a temporary file, and its disk is full. Make room, then look at them again. Nothing was sent or changed.'));
        // What was written in part is worth nothing: all of it is brought again.
        void from.worker.terminate();
        return lose(from);
      case 'fault':
        return waiting?.reject(new Error(`The rows could not be read: ${reply.message}`));
    }
  }

  /** Nothing of it is here any more; whoever needs a list brings it again. */
  function lose(from: Running): void {
    if (running === from) {
      running = undefined;
      lists.clear();
    }
    for (const { reject } of from.waiting.values()) reject(lost());
    from.waiting.clear();
  }

  return {
    ask(call, ask) {
      const { list } = ask;
      if (call === 'add' && !isClosed) lists.add(list);
      if (!lists.has(list)) return call === 'drop' ? Promise.resolve(null as RowAnswers[typeof call]['answer']) : Promise.reject(lost());
      if (call === 'drop') lists.delete(list);
      const to = (running ??= start());
      const id = (calls += 1);
      return new Promise((resolve, reject) => {
        to.waiting.set(id, { resolve, reject });
        to.worker.ref();
        to.worker.postMessage({ id, call, ...ask });
      });
    },
    turnOf(laneName, list, view) {
      if (laneName === undefined) return null;
      const known = lanes.get(laneName);
      const lane = known?.lane ?? lanes.size;
      if (lane >= LANES) return null;
      const key = `${list} ${viewKey(view)}`;
      if (known?.view !== key) Atomics.add(turnNumbers, lane, 1);
      lanes.set(laneName, { lane, view: key });
      return { lane, number: Atomics.load(turnNumbers, lane) };
    },
    has: (list) => lists.has(list),
    async close() {
      isClosed = true;
      const ending = running;
      running = undefined;
      lists.clear();
      await ending?.worker.terminate();
    },
  };
}

function lost(): Error {
  return problem('rows_lost', 'These rows are not here any more', 'Look at them again: they are brought once more.');
}
