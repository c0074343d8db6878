import { setTimeout as delay } from 'node:timers/promises';
import { inspect } from 'node:util';

/** Far above what anything takes: a machine with other work to do may be ten times as slow. */
const DEFAULT_TIMEOUT_MS = 30_000;
const FIRST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 100;

/**
 * Polls until the probe gives something else than undefined or false, and returns it. A probe that throws counts as "not
 * yet". After the deadline it fails with `what` and the last value or error.
 */
export async function eventually<T>(
  probe: () => Promise<T | undefined | false> | T | undefined | false,
  what: string,
  timeoutMs: number = DEFAULT_TIMEOUT_MS,
): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  let last: unknown;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 1.5, LONGEST_PAUSE_MS)) {
    try {
      const value = await probe();
      if (value !== undefined && value !== false) return value;
      last = value;
    } catch (error) {
      last = error;
    }
    if (performance.now() >= deadline) {
      throw new Error(`not within ${timeoutMs} ms: ${what}; last: ${inspect(last)}`, { cause: last });
    }
    await delay(pause);
  }
}
