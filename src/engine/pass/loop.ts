import { errorText } from '../../errors.ts';
import type { Logger } from '../../log.ts';

/** Why a pass has stopped half way that is no defect, and was logged where it was found. */
export class PassStopped extends Error {
  override readonly name = 'PassStopped';
}

/**
 * The loop that events wake. The first wake starts a pass at once; wakes during a pass gather into one more pass. No
 * debounce and no cooldown: what costs time is the pass itself. A pass that fails is tried again after a pause that
 * doubles from 50 ms to 5 s and falls back to 50 ms with the first success.
 */
export interface Loop {
  /** Asks for a pass that sees everything that is true now. */
  wake(): void;
  /** The same after what made passes fail may be over: if they go on failing, the pauses begin at the shortest. */
  wakeAfresh(): void;
  /** Wakes, and resolves when a pass that began after this call has ended, well or not. Rejects after `deadlineMs`. */
  passed(deadlineMs: number): Promise<void>;
  /** No pass begins any more; resolves when the running one has ended. */
  stop(): Promise<void>;
}

const RETRY_FIRST_MS = 50;
const RETRY_LONGEST_MS = 5_000;

/**
 * @param pass one walk through all stages. It must have deadlines of its own. It is told when the first wake came that it
 * is for, on the clock of `performance`.
 */
export function createLoop(pass: (since: number) => Promise<void>, log: Logger): Loop {
  let begun = 0;
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = false;
  let retryMs = RETRY_FIRST_MS;
  let retryTimer: NodeJS.Timeout | undefined;
  let failure: string | undefined;
  let wokenAt: number | undefined;
  const waiting = new Set<{ after: number; done: () => void }>();

  async function run(): Promise<void> {
    do {
      again = false;
      begun += 1;
      const number = begun;
      clearTimeout(retryTimer);
      const since = wokenAt ?? performance.now();
      wokenAt = undefined;
      try {
        await pass(since);
        retryMs = RETRY_FIRST_MS;
        if (failure !== undefined) log.info({}, 'passes succeed again');
        failure = undefined;
      } catch (error) {
        // The same failure of a retry is no news.
        const isTold = error instanceof PassStopped || failure === errorText(error);
        const level = isTold ? 'debug' : 'error';
        failure = errorText(error);
        log[level]({ err: error, retryMs }, 'pass failed, will be tried again');
        retryTimer = setTimeout(wake, retryMs);
        retryMs = Math.min(retryMs * 2, RETRY_LONGEST_MS);
      }
      for (const waiter of waiting) {
        if (waiter.after >= number) continue;
        waiting.delete(waiter);
        waiter.done();
      }
    } while (again && !stopped);
    running = undefined;
  }

  function wake(): void {
    if (stopped) return;
    wokenAt ??= performance.now();
    if (running !== undefined) again = true;
    else running = run();
  }

  function wakeAfresh(): void {
    retryMs = RETRY_FIRST_MS;
    wake();
  }

  function passed(deadlineMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const waiter = {
        after: begun,
        done: () => {
          clearTimeout(timer);
          resolve();
        },
      };
      const timer = setTimeout(() => {
        waiting.delete(waiter);
        reject(new Error(`no pass of the loop ended within ${deadlineMs} ms`));
      }, deadlineMs);
      waiting.add(waiter);
      wake();
    });
  }

  async function stop(): Promise<void> {
    stopped = true;
    clearTimeout(retryTimer);
    await running;
  }

  return { wake, wakeAfresh, passed, stop };
}
