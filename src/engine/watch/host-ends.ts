import { isDeepStrictEqual } from 'node:util';
import type { Link } from '../../kernel/ports.ts';
import { attachmentId } from '../../model/attachment.ts';
import { ownDifferences } from '../../wiring/differences.ts';
import { wiringOf } from '../../wiring/of-allocation.ts';
import type { EnginePorts, EngineState } from '../context.ts';
import type { OwnProblems } from '../problem-store.ts';
import { type Comparison, compareEnds, type HostEnd, removeStrays } from './compare-ends.ts';
import { isContested, type Repairs, withRepair } from './repeats.ts';

/** What happened to pods' links since the last repair, by their indexes. */
export interface MendedEnds {
  /** They were down: the kernel has dropped the routes and next hop objects through them. */
  readonly fallen: ReadonlySet<number>;
  /**
   * They had no carrier for a moment, or have none: the kernel has dropped the next hop objects through them, and kept
   * the routes (nh_netdev_event in net/ipv4/nexthop.c).
   */
  readonly flapped: ReadonlySet<number>;
}

/** The host's ends of wired pods, kept as ADD made them. */
export interface HostEnds {
  /** These links' ends are in doubt: compare them with the next repair. Without a list, every one. */
  doubt(linkIndexes?: Iterable<number>): void;
  /**
   * Repairs what the ends have lost: a link that was down for a moment has lost its routes and IPv6
   * addresses. One that is down now is left alone: it was set down to cut the pod off, and it is withheld.
   * The pods' own ends are theirs; only ADD touches them.
   * @throws KernelError; then nothing is forgotten.
   */
  mend(): Promise<MendedEnds>;
}

/** Repairs of one end within a minute that are too many to be work by hand. */
const CONTESTED = 20;
/** Stands for the carrier count of a link that is down: none that is up has it. */
const DOWN = -1;

export function createHostEnds(ports: EnginePorts, state: EngineState): HostEnds {
  return new ComparedEnds(ports, state);
}

class ComparedEnds implements HostEnds {
  readonly #ports: EnginePorts;
  readonly #state: EngineState;
  readonly #problems: OwnProblems<'wiringFailed'>;
  /** The carrier count of each link at the last repair. */
  readonly #carriers = new Map<number, number>();
  readonly #doubted = new Set<number>();
  /** By interface: why its end is not as it should be, and the link as it was then. */
  readonly #failures = new Map<string, { readonly message: string; readonly link: Link }>();
  /** By interface: when its end had to be repaired. */
  readonly #repairs = new Map<string, Repairs>();
  #strayFailures: readonly string[] = [];
  #all = true;
  /** All that a full comparison saw when nothing was wrong: where it sees the same again, still nothing is wrong. */
  #sound: readonly unknown[] | undefined;
  /** The links that the last repair has compared. */
  #compared: unknown;

  constructor(ports: EnginePorts, state: EngineState) {
    this.#ports = ports;
    this.#state = state;
    this.#problems = state.problems.of('hostEnds');
  }

  doubt(linkIndexes?: Iterable<number>): void {
    if (linkIndexes === undefined) this.#all = true;
    else for (const index of linkIndexes) this.#doubted.add(index);
  }

  async mend(): Promise<MendedEnds> {
    const { links } = this.#state.host;
    if (!this.#all && links === this.#compared && this.#doubted.size === 0) return NOTHING_MENDED;
    const ends = this.#wiredEnds();
    const flapped = ends.filter((end) => this.#hasFlapped(end));
    const fallen: HostEnd[] = [];
    for (const end of flapped) if (end.link.up && (await this.#wasDown(end))) fallen.push(end);
    const suspects = [...this.#doubted];
    this.#doubted.clear();
    const isSuspect = (end: HostEnd) =>
      this.#all || fallen.includes(end) || suspects.includes(end.link.index) || this.#isAltered(end);
    try {
      await this.#compare(ends.filter((end) => end.link.up && isSuspect(end)));
    } catch (error) {
      for (const index of suspects) this.#doubted.add(index);
      throw error;
    }
    this.#all = false;
    this.#compared = links;
    this.#remember(ends);
    this.#tell();
    return { fallen: indexesOf(fallen), flapped: indexesOf(flapped) };
  }

  /** The ends of committed attachments that are not being removed. */
  #wiredEnds(): HostEnd[] {
    const { host, releasing } = this.#state;
    const ends: HostEnd[] = [];
    for (const allocation of this.#ports.store.state.allocations) {
      const link = host.links.get(allocation.hostInterface);
      if (allocation.state !== 'committed' || releasing.has(attachmentId(allocation))) continue;
      if (link?.kind === 'veth') ends.push({ allocation, link });
    }
    return ends;
  }

  #hasFlapped({ link }: HostEnd): boolean {
    return this.#carriers.has(link.index) && this.#carriers.get(link.index) !== carrierOf(link);
  }

  /** A link that was down has lost its permanent neighbours; one whose pod's end was down has not. */
  async #wasDown({ link }: HostEnd): Promise<boolean> {
    return !(await this.#ports.kernel.host.neighbours(link.index)).some(({ permanent }) => permanent);
  }

  /**
   * Whether the link itself, which has been read, is not as ADD made it. What could not be repaired of one that is as
   * it was then waits for the next full comparison.
   */
  #isAltered({ allocation, link }: HostEnd): boolean {
    if (isDeepStrictEqual(this.#failures.get(link.name)?.link, link)) return false;
    return ownDifferences(wiringOf(allocation, this.#state.config), link).length > 0;
  }

  async #compare(ends: readonly HostEnd[]): Promise<void> {
    if (!this.#all && ends.length === 0) return;
    const known = this.#all && this.#state.releasing.size === 0 ? this.#sound : undefined;
    const found = await compareEnds(this.#ports, this.#state, ends, known, (end, one) => this.#note(end, one));
    if (found === 'as known') return;
    this.#sound = undefined;
    if (!this.#all) return;
    this.#strayFailures = await removeStrays(this.#ports, this.#state, found.routes);
    if (found.isSound && this.#failures.size + this.#strayFailures.length === 0) this.#sound = found.seen;
  }

  #note({ link }: HostEnd, comparison: Comparison): void {
    if (comparison === 'repaired') {
      this.#repairs.set(link.name, withRepair(this.#repairs.get(link.name) ?? [], this.#ports.now().getTime()));
    }
    if (typeof comparison === 'string') this.#failures.delete(link.name);
    else this.#failures.set(link.name, { message: comparison.failure, link });
  }

  #remember(ends: readonly HostEnd[]): void {
    this.#carriers.clear();
    for (const { link } of ends) this.#carriers.set(link.index, link.up ? carrierOf(link) : DOWN);
    const names = new Set(ends.map(({ link }) => link.name));
    for (const name of [...this.#failures.keys(), ...this.#repairs.keys()]) {
      if (names.has(name)) continue;
      this.#failures.delete(name);
      this.#repairs.delete(name);
    }
  }

  #tell(): void {
    const at = this.#ports.now().getTime();
    const contested = [...this.#repairs].filter(
      ([name, times]) => isContested(times, at, CONTESTED) && !this.#failures.has(name),
    );
    const failed = [...this.#failures.values()].map(({ message }) => message);
    const messages = [...failed, ...this.#strayFailures, ...contested.map(([name]) => contestedSentence(name))];
    if (messages.length === 0) this.#problems.clear();
    else this.#problems.set('wiringFailed', messages.join('; '));
  }
}

const NOTHING_MENDED: MendedEnds = { fallen: new Set(), flapped: new Set() };

function indexesOf(ends: readonly HostEnd[]): ReadonlySet<number> {
  return new Set(ends.map(({ link }) => link.index));
}

/** How often the carrier has changed; where the kernel does not count, whether it is there. */
function carrierOf(link: Link): number {
  return link.carrierChanges ?? (link.carrier ? 1 : 0);
}

function contestedSentence(name: string): string {
  return `${name} had to be repaired again and again within a minute: another program keeps changing it; see the log for what it removes`;
}
