import type { BirdStatus } from './types.ts';

/** What `show status` says of the moment of the last reconfiguration. */
export type Times = Pick<BirdStatus, 'lastReboot' | 'lastReconfiguration'>;

/**
 * By how much two looks at one reconfiguration may differ, in milliseconds: BIRD prints both times cut off to
 * milliseconds, and a version that reads the clock for each of them may be interrupted in between.
 */
const TOLERANCE_MS = 10;

/**
 * Notices that somebody else has reconfigured BIRD: by `configure` or `configure undo`, by SIGHUP, or BIRD itself by its
 * undo timer. `show status` has the time at which the running configuration was read (`load_time` in `conf/conf.c`),
 * which an undo sets back; where it changes without us, it was somebody else.
 *
 * BIRD keeps its times on the monotonic clock and works out the time of day anew for each reply (`tm_format_time` in
 * `lib/timer.c`). So the time of one reconfiguration wanders by milliseconds from reply to reply, and steps with the
 * host's clock. The time since the last reboot of BIRD, in the same reply, does neither.
 */
export class Others {
  /** Whether it has happened since our last `configure` that named no file. */
  displaced = false;
  #running = 0;
  #known: number | undefined;
  #connection = 0;

  /** A command of ours that reconfigures BIRD is about to be sent. */
  begin(): void {
    this.#running += 1;
  }

  /** It has been answered, or has failed. @param inForce whether BIRD now runs what lies in its own place. */
  end(inForce: boolean): void {
    this.#running -= 1;
    this.#known = undefined;
    if (inForce) this.displaced = false;
  }

  /** @param times of one reply. @param connection over which BIRD has told them. */
  compare(times: Times, connection: number): void {
    if (this.#running > 0) return;
    if (connection !== this.#connection) this.#known = undefined;
    this.#connection = connection;
    const found = sinceReboot(times);
    if (found === undefined) return;
    if (this.#known !== undefined && Math.abs(found - this.#known) > TOLERANCE_MS) this.displaced = true;
    this.#known = found;
  }
}

/**
 * From the start of BIRD to its last reconfiguration, in milliseconds; undefined where BIRD does not print both moments
 * in full, as with another `timeformat base` than its own.
 */
function sinceReboot({ lastReboot, lastReconfiguration }: Times): number | undefined {
  const [from, to] = [lastReboot, lastReconfiguration].map(moment);
  return from === undefined || to === undefined ? undefined : to - from;
}

/** A time in `iso long` with a fraction, which is BIRD's own format for `show status` (`TM_ISO_LONG_MS` in `lib/timer.h`). */
function moment(text: string | undefined): number | undefined {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3,6})$/.exec(text ?? '');
  if (match === null) return undefined;
  // The host's time zone is left out: only the distance of two moments counts.
  const time = Date.parse(`${match[1]}T${match[2]}Z`);
  return Number.isNaN(time) ? undefined : time;
}
