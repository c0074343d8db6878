import { expect } from 'vitest';
import { peerProtocol } from '../../../src/bird/names.ts';
import { eventually } from '../../lab/lab.ts';
import { RouteMonitor, wallClock } from '../../lab/route-monitor.ts';
import type { RoutedWorld } from '../e2e/nodes.ts';
import { type BirdLogLine, commandsIn, parseBirdLog } from './bird-log.ts';
import type { FlippingPods } from './flipping-pods.ts';
import { routedBy } from './observe.ts';

/** What BIRD and the router saw of a recovery. */
export interface Recovery {
  /** What flockd has asked of BIRD since its return: each look at the sessions, and each `configure`. */
  readonly commands: readonly string[];
  /** Until BIRD had taken its first `configure`, in milliseconds from its return. */
  readonly published: number | undefined;
  /** Until the session with the router was up again; undefined when it never was down. */
  readonly session: number | undefined;
  /** Until the last change of the router's routes. */
  readonly whole: number | undefined;
  /** How often each address of a pod that stayed ready was withdrawn at the router since the fault began. */
  readonly withdrawals: ReadonlyMap<string, number>;
}

/** What of BIRD's commands is flockd's work, and not its poking or a question before a `configure`. */
const WORK = /^(configure( soft)?( ".*")?( timeout.*)?|configure undo|show protocols all)$/;

const isConfigure = (command: string): boolean => command.startsWith('configure');

/** Watches BIRD and the router from before a fault until all is well again. */
export class RecoveryWatch {
  readonly #world: RoutedWorld;
  readonly #monitor: RouteMonitor;
  readonly #began = wallClock();

  private constructor(world: RoutedWorld, monitor: RouteMonitor) {
    this.#world = world;
    this.#monitor = monitor;
  }

  static async start(world: RoutedWorld): Promise<RecoveryWatch> {
    return new RecoveryWatch(world, await RouteMonitor.start(world.lab, world.router.namespace));
  }

  /** When the BIRD that runs now was there: its own word, which comes before its socket answers. */
  started(): number {
    const started = parseBirdLog(this.#world.node.bird.log()).find(({ text }) => text === 'Started');
    if (started === undefined) throw new Error(`BIRD has not started: ${this.#world.node.bird.log()}`);
    return started.at;
  }

  /**
   * Waits until the router has what the manifests say and flockd has nothing more to tell: it looks at the sessions
   * twice in a row with no `configure` between. Then tells what was seen, and ends the watch.
   */
  async settled(pods: FlippingPods, returned: number): Promise<Recovery> {
    const { router } = this.#world;
    await routedBy(router, pods.all, pods.ready);
    const before = this.#commands(returned).length;
    await eventually(
      () => this.#commands(returned).slice(before).join().endsWith(['show protocols all', 'show protocols all'].join()),
      'flockd has nothing more to tell BIRD',
    );
    await routedBy(router, pods.all, pods.ready);
    const events = this.#monitor.events(this.#began);
    await this.#monitor.stop();
    const lines = this.#lines(returned);
    const after = (at: number | undefined): number | undefined => at && Math.round(at - returned);
    const withdrawn = (address: string): number =>
      events.filter(({ text }) => text.startsWith('Deleted ') && text.split(' ').includes(address)).length;
    return {
      commands: this.#commands(returned),
      published: after(lines.find(({ text }) => text === 'Reconfigured')?.at),
      session: after(lines.find(({ text }) => text === `${peerProtocol('tor')}: State changed to up`)?.at),
      whole: after(events.findLast(({ at }) => at >= returned)?.at),
      withdrawals: new Map(pods.steady.map((address) => [address, withdrawn(address)])),
    };
  }

  /** BIRD's log since its return; a BIRD that was started again has a log of its own. */
  #lines(returned: number): BirdLogLine[] {
    return parseBirdLog(this.#world.node.bird.log()).filter(({ at }) => at >= Math.floor(returned));
  }

  #commands(returned: number): string[] {
    return commandsIn(this.#lines(returned)).filter((command) => WORK.test(command));
  }
}

/** For people: no test depends on a time. */
export function tell(what: string, { published, session, whole, commands }: Recovery): void {
  const times = `published ${published} ms, session up ${session ?? '-'} ms, router whole ${whole} ms`;
  console.log(`${what}; after BIRD's return: ${times}, ${commands.filter(isConfigure).length} configure`);
}

/**
 * flockd gives BIRD its files with the first answer that it gets: one look at the sessions at most comes before the first
 * `configure`. A daemon that waited for the next of its own tries, which are up to five seconds apart by then, would have
 * looked several times.
 */
export function expectPromptPublish({ commands }: Recovery): void {
  const first = commands.findIndex(isConfigure);
  expect(commands.slice(0, first + 1)).toEqual([
    ...commands.slice(0, 1).filter((command) => !isConfigure(command)),
    'configure',
  ]);
}

/** Without a change since BIRD's return, all that has piled up goes out in a single `configure`. */
export function expectOnePublish({ commands }: Recovery): void {
  expect(commands.filter(isConfigure)).toEqual(['configure']);
}

/** The router has given up no address of a pod that stayed ready, but for the times that BIRD itself ended. */
export function expectNothingLost({ withdrawals }: Recovery, deaths: number): void {
  expect([...withdrawals].filter(([, times]) => times > deaths)).toEqual([]);
}
