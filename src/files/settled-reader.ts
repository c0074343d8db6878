import { type Clock, SYSTEM_CLOCK } from '../async/clock.ts';
import { ToldOnce } from '../async/told-once.ts';
import { CONFIGURATION_SETTLE_MS, nextSight, type Sight } from './settling.ts';

/** What is read, and what happens to it. */
interface SettledReaderOptions<T> {
  /** Reads what there is now. */
  readonly read: () => T;
  /** Equal for readings that are the same to everyone. */
  readonly keyOf: (reading: T) => string;
  /** Called with each reading that has settled and differs from the last such one. */
  readonly onSettled: (reading: T) => void;
  readonly clock?: Clock;
}

/** Reads each time something may have changed. */
interface SettledReader {
  /** To be called when something may have changed; reads at once, and again until the reading has settled. */
  refresh(): void;
  close(): void;
}

/**
 * A reading counts when it has been the same for {@link CONFIGURATION_SETTLE_MS}: half of a change may be valid, and is
 * not what was meant.
 */
export function createSettledReader<T>(options: SettledReaderOptions<T>): SettledReader {
  const { read, keyOf, onSettled, clock = SYSTEM_CLOCK } = options;
  const told = new ToldOnce();
  let sight: Sight | undefined;
  let callOff: (() => void) | undefined;
  let closed = false;

  function refresh(): void {
    if (closed) return;
    callOff?.();
    callOff = undefined;
    const reading = read();
    const key = keyOf(reading);
    if (sight === undefined && told.isLast(key)) return;
    const now = clock.ms();
    sight = nextSight(sight, key, now);
    const left = sight.since + CONFIGURATION_SETTLE_MS - now;
    if (left > 0) {
      callOff = clock.after(Math.ceil(left), refresh);
      return;
    }
    sight = undefined;
    if (told.isNews(key)) onSettled(reading);
  }

  return {
    refresh,
    close() {
      closed = true;
      callOff?.();
    },
  };
}
