/**
 * Notices that somebody else has reconfigured BIRD: by `configure` or `configure undo`, by SIGHUP, or BIRD itself by its
 * undo timer. `show status` has the time at which the running configuration was read (`load_time` in `conf/conf.c`),
 * which an undo sets back; where it changes without us, it was somebody else.
 */
export class Others {
  /** Whether it has happened since our last `configure` that named no file. */
  displaced = false;
  #running = 0;
  #known: string | undefined;
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

  /** @param time of the last reconfiguration, in BIRD's format. @param connection over which BIRD has told it. */
  look(time: string | undefined, connection: number): void {
    if (this.#running > 0) return;
    if (connection !== this.#connection) this.#known = undefined;
    if (this.#known !== undefined && time !== undefined && this.#known !== time) this.displaced = true;
    this.#connection = connection;
    this.#known = time;
  }
}
