import { Retry } from '../../async/retry.ts';
import { ToldOnce } from '../../async/told-once.ts';
import { errorText } from '../../errors.ts';
import type { Logger } from '../../log.ts';

/** Why a pass has stopped half way: no defect, and logged where it was found. */
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

/** Between a pass that failed and the next. */
const PAUSES = { firstMs: 50, longestMs: 5_000 };

/**
 * @param pass one walk through all stages. It must have deadlines of its own. It is given the time of the first wake
 * that it is for, on the clock of `performance`.
 */
export function createLoop(pass: (since: number) => Promise<void>, log: Logger): Loop {
  let begun = 0;
  let running: Promise<void> | undefined;
  let again = false;
  let stopped = false;
  const retry = new Retry(PAUSES);
  const failures = new ToldOnce();
  let wokenAt: number | undefined;
  const waiting = new Set<{ after: number; done: () => void }>();

  async function run(): Promise<void> {
    do {
      again = false;
      begun += 1;
      const number = begun;
      retry.cancel();
      const since = wokenAt ?? performance.now();
      wokenAt = undefined;
      try {
        await pass(since);
        retry.reset();
        if (failures.forget()) log.info({}, 'passes succeed again');
      } catch (error) {
        const isNews = failures.isNews(errorText(error)) && !(error instanceof PassStopped);
        const retryMs = retry.later(wake);
        log[isNews ? 'error' : 'debug']({ err: error, retryMs }, 'pass failed, will be tried again');
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
    retry.reset();
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
    retry.cancel();
    await running;
  }

  return { wake, wakeAfresh, passed, stop };
}
