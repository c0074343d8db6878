import { eventually, type Lab, type LabProcess, type Namespace } from './lab.ts';

/** A line of `ip monitor route` and when the kernel told of it. */
export interface RouteEvent {
  /** Milliseconds since 1970, with microseconds behind the point; comparable with {@link wallClock}. */
  at: number;
  /** The line in the words of `ip`; begins with `Deleted ` when a route went. */
  text: string;
}

/** Now, in milliseconds since 1970 with a fraction. */
export function wallClock(): number {
  return performance.timeOrigin + performance.now();
}

// -tshort prints the time of each message in front of it; indented lines (next hops) belong to the line before.
const STAMPED = /^\[(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\.(\d{6})\] ?(.*)$/;

/** What `ip -tshort monitor route` has printed, as events. `TZ` must be UTC. */
export function parseRouteEvents(output: string): RouteEvent[] {
  const events: RouteEvent[] = [];
  for (const line of output.split('\n')) {
    const [, second, micros, text] = STAMPED.exec(line) ?? [];
    const last = events.at(-1);
    if (second !== undefined && micros !== undefined && text !== undefined) {
      events.push({ at: Date.parse(`${second}Z`) + Number(micros) / 1000, text: text.trimEnd() });
    } else if (last !== undefined && line.trim() !== '') {
      last.text += `\n${line.trimEnd()}`;
    }
  }
  return events;
}

/** Listens to the routes of one namespace's kernel. */
export class RouteMonitor {
  readonly #process: LabProcess;

  private constructor(process: LabProcess) {
    this.#process = process;
  }

  /** Starts listening in both families; returns when the kernel tells of changes. */
  static async start(lab: Lab, namespace: Namespace): Promise<RouteMonitor> {
    const process = lab.spawn(namespace, ['ip', '-tshort', 'monitor', 'route'], { env: { TZ: 'UTC' } });
    const monitor = new RouteMonitor(process);
    // It prints nothing by itself: a route of no use is added until it is seen. 100::/64 is the discard prefix (RFC 6666).
    const mark = ['blackhole', '100::/64'];
    await eventually(async () => {
      await namespace.exec(['ip', '-6', 'route', 'replace', ...mark]);
      await namespace.exec(['ip', '-6', 'route', 'delete', ...mark]);
      return monitor.events(0).length > 0;
    }, 'ip monitor tells of routes');
    return monitor;
  }

  /** Events since a moment on {@link wallClock}. */
  events(since: number): RouteEvent[] {
    return parseRouteEvents(this.#process.stdout()).filter((event) => event.at >= since);
  }

  /** Waits for the first event after a moment that fits. */
  async first(since: number, fits: (text: string) => boolean, what: string): Promise<RouteEvent> {
    return eventually(() => this.events(since).find((event) => fits(event.text)), what);
  }

  /** Ends it. */
  async stop(): Promise<void> {
    await this.#process.stop();
  }
}
