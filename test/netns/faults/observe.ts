import { setTimeout as pause } from 'node:timers/promises';
import type { AddressJson, StatusJson } from '../../../src/api/types.ts';
import { eventually, type LabBird, type Namespace } from '../../lab/lab.ts';
import type { FlockNode, Router } from '../../lab/node.ts';
import { type RouteEvent, RouteMonitor, wallClock } from '../../lab/route-monitor.ts';
import { hostState } from '../e2e/kernel-state.ts';
import type { RoutedWorld } from '../e2e/nodes.ts';

/** What a session says of itself. A flap shows in `since`, an UPDATE in the counters. */
export interface SessionFacts {
  state: string;
  since: string;
  /** The route change statistics of both channels: a line per kind of update. */
  changes: string[];
}

/** A BGP session of a BIRD, in BIRD's own words. */
export async function sessionOf(bird: Pick<LabBird, 'birdc'>, protocol: string): Promise<SessionFacts> {
  const text = await bird.birdc(`show protocols all ${protocol}`);
  const [, state = '', since = ''] = /^\S+\s+BGP\s+\S+\s+(\S+)\s+(\S+)/m.exec(text) ?? [];
  const changes = text.split('\n').filter((line) => /^\s+(Import|Export) (updates|withdraws):/.test(line));
  if (state === '' || changes.length === 0) throw new Error(`no session ${protocol}: ${text}`);
  return { state, since, changes: changes.map((line) => line.trim()) };
}

/** How long a fault may take to show, in milliseconds. */
const LATE_MS = 700;

/** Watches a fabric for whatever a fault must not cause. */
export class Watched {
  readonly #world: RoutedWorld;
  readonly #monitors: readonly RouteMonitor[];
  readonly #before: readonly [session: SessionFacts, kernel: string[]];
  readonly #since = wallClock();

  private constructor(world: RoutedWorld, monitors: readonly RouteMonitor[], before: [SessionFacts, string[]]) {
    this.#world = world;
    this.#monitors = monitors;
    this.#before = before;
  }

  static async start(world: RoutedWorld): Promise<Watched> {
    const monitors = [world.router.namespace, world.node.namespace].map((at) => RouteMonitor.start(world.lab, at));
    const started = await Promise.all(monitors);
    return new Watched(world, started, await Watched.#look(world));
  }

  static async #look({ router, node }: RoutedWorld): Promise<[SessionFacts, string[]]> {
    return [await sessionOf(router.bird, node.namespace.label), await hostState(node.namespace)];
  }

  /** Route events at the router and on the node since the start, and what session and kernel look like now and then. */
  async end(): Promise<{ events: RouteEvent[]; now: [SessionFacts, string[]]; before: unknown }> {
    // What comes late counts too: BIRD 2.0.12 may sit on an UPDATE, and the daemon looks again a moment later.
    await pause(LATE_MS);
    const now = await Watched.#look(this.#world);
    const events = this.#monitors.flatMap((monitor) => monitor.events(this.#since));
    await Promise.all(this.#monitors.map((monitor) => monitor.stop()));
    return { events, now, before: this.#before };
  }
}

/** `flockctl status --json`. */
export async function statusOf(node: FlockNode): Promise<StatusJson> {
  return (await node.flockctlJson('status')) as StatusJson;
}

/** The message of a problem in `status`; undefined when it is not there. */
export async function problemOf(node: FlockNode, code: string): Promise<string | undefined> {
  return (await statusOf(node)).problems.find((problem) => problem.code === code)?.message;
}

/** Each claimed address with `advertised` or why not. */
export async function addressStates(node: FlockNode): Promise<Record<string, string>> {
  const rows = (await node.flockctlJson('addresses')) as AddressJson[];
  return Object.fromEntries(rows.map(({ address, state, reason }) => [address, reason === '' ? state : reason]));
}

/** Waits until the daemon says that it has given BIRD every address. */
export function advertised(node: FlockNode, ...addresses: string[]): Promise<unknown> {
  return eventually(
    async () => {
      const states = await addressStates(node);
      const wrong = addresses.filter((address) => states[address] !== 'advertised');
      if (wrong.length > 0) throw new Error(JSON.stringify(states));
      return true;
    },
    `advertised: ${addresses.join(', ')}`,
  );
}

/** Waits until the router's kernel routes exactly these out of all the addresses. */
export function routedBy(router: Router, all: readonly string[], expected: readonly string[]): Promise<unknown> {
  return eventually(
    async () => {
      const seen = (await router.kernelRoutes()).map(({ dst }) => dst);
      const routed = all.filter((address) => seen.includes(address));
      if (routed.join() !== all.filter((address) => expected.includes(address)).join())
        throw new Error(`routed: ${routed.join()}, not: ${expected.join()}`);
      return true;
    },
    `the router routes ${expected.join(', ') || 'none of them'}`,
  );
}

/** Waits until a session is established. */
export function established(bird: Pick<LabBird, 'birdc'>, protocol: string): Promise<unknown> {
  return eventually(
    async () => /Established/.test(await bird.birdc(`show protocols ${protocol}`)),
    `${protocol} is up`,
  );
}

/** Names of the pods' devices that a host has. */
export async function podDevices(namespace: Namespace): Promise<string[]> {
  const { stdout } = await namespace.exec(['sh', '-c', 'ls /sys/class/net']);
  return stdout.split(/\s+/).filter((name) => /^flock[0-9a-f]{8}$/.test(name));
}
