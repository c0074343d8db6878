import type { BirdStatus } from './types.ts';

/** What `show status` says about the time of the last reconfiguration. */
export type Times = Pick<BirdStatus, 'lastReboot' | 'lastReconfiguration'>;

/**
 * By how many milliseconds two readings of one reconfiguration may differ: BIRD truncates both times to milliseconds,
 * and a version that reads the clock for each of them may be interrupted in between.
 */
const TOLERANCE_MS = 10;

/**
 * Notices that BIRD was reconfigured by others: by `configure` or `configure undo`, by SIGHUP, or by BIRD's own undo
 * timer. `show status` has the time at which the running configuration was read (`load_time` in `conf/conf.c`), which
 * an undo sets back; when it changes without us, others did it.
 *
 * BIRD keeps its times on the monotonic clock and converts them to the time of day for each reply (`tm_format_time` in
 * `lib/timer.c`). So the printed time of one reconfiguration drifts by milliseconds between replies, and steps with the
 * host's clock. Its distance from BIRD's last reboot, in the same reply, does neither.
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

  /** It has been answered, or has failed. @param inForce whether BIRD now runs the configuration at its own path. */
  end(inForce: boolean): void {
    this.#running -= 1;
    this.#known = undefined;
    if (inForce) this.displaced = false;
  }

  /** @param times of one reply. @param connection over which BIRD sent it. */
  look(times: Times, connection: number): void {
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
 * Milliseconds from the start of BIRD to its last reconfiguration; undefined when BIRD does not print both times in
 * full, as with a `timeformat base` other than its default.
 */
function sinceReboot({ lastReboot, lastReconfiguration }: Times): number | undefined {
  const [from, to] = [lastReboot, lastReconfiguration].map(moment);
  return from === undefined || to === undefined ? undefined : to - from;
}

/**
 * A time in `iso long` with a fraction, BIRD's default format for `show status` (`TM_ISO_LONG_MS` in `lib/timer.h`).
 */
function moment(text: string | undefined): number | undefined {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3,6})$/.exec(text ?? '');
  if (match === null) return undefined;
  // The host's time zone is ignored: only the difference between two times matters.
  const time = Date.parse(`${match[1]}T${match[2]}Z`);
  return Number.isNaN(time) ? undefined : time;
}
