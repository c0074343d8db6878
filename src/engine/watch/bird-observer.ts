import { longestConnectMs } from '../../bird/measure/connect-time.ts';
import { lackingNextHops } from '../../bird/measure/lacking-next-hops.ts';
import { type BirdMemory, shortfallOf } from '../../bird/measure/memory.ts';
import { followShortfalls, memoryProblems, type Shortfalls } from '../../bird/measure/memory-problems.ts';
import { readMemory } from '../../bird/measure/read-memory.ts';
import {
  followSessions,
  loseSessions,
  type SessionEvent,
  type Sessions,
  sessionProblems,
  type WantedSession,
} from '../../bird/measure/sessions.ts';
import { peerProtocol } from '../../bird/names.ts';
import type { ProtocolStatus } from '../../bird-control/types.ts';
import { type Address, FAMILIES, type Family, familyOf } from '../../model/address.ts';
import type { AddressFacts } from '../../report/addresses.ts';
import { birdTime } from '../../report/bird-time.ts';
import type { EnginePorts, EngineState } from '../context.ts';
import type { Announced } from '../pass/order.ts';
import type { WatchedProblems } from '../problem-store.ts';

/** What the observer has to know of the engine. */
interface BirdObserverSurroundings {
  /** What BIRD has accepted. */
  readonly announced: () => Announced;
  /** The text of BIRD's configuration as it is wanted; undefined where there is none. */
  readonly text: () => string | undefined;
  readonly onSession: (event: SessionEvent) => void;
}

/**
 * What BIRD was last seen to have in its memory: sessions, announced addresses, and the routers that it advertises them
 * to.
 */
export interface BirdObserver {
  /**
   * Takes BIRD's answer to `show protocols all`, and asks for what it does not say.
   * @returns whether something has changed; and whether BIRD lacks what it had accepted, in a way that was not seen before.
   * @throws BirdError
   */
  see(protocols: readonly ProtocolStatus[]): Promise<{ readonly changed: boolean; readonly lacks: boolean }>;
  /** BIRD does not answer, or is another one: nothing of it is known. @param why for people. */
  forget(why: string): void;
  /** BIRD may run another text: the next answer is compared by name. */
  doubt(): void;
  /** Whether some address that BIRD has accepted is not, or not known to be, advertised to a router. */
  readonly isShort: boolean;
  /** Why an address that BIRD has accepted is not advertised. */
  readonly shortfall: AddressFacts['shortfall'];
  readonly problems: WatchedProblems['birdMemory'];
}

export function createBirdObserver(
  ports: EnginePorts,
  state: EngineState,
  around: BirdObserverSurroundings,
): BirdObserver {
  return new LastSeen(ports, state, around);
}

/** Addresses by family, worked out once for each set. */
interface Split {
  readonly of: Announced;
  readonly families: ReadonlyMap<Family, ReadonlySet<Address>>;
}

class LastSeen implements BirdObserver {
  readonly #ports: EnginePorts;
  readonly #state: EngineState;
  readonly #around: BirdObserverSurroundings;
  #memory: BirdMemory | undefined;
  #trusted = false;
  #shortfalls: Shortfalls = new Map();
  #sessions: Sessions = new Map();
  /** Those that were established when BIRD went away. */
  #lost: Sessions = new Map();
  #reported = '';
  #split: Split | undefined;

  constructor(ports: EnginePorts, state: EngineState, around: BirdObserverSurroundings) {
    this.#ports = ports;
    this.#state = state;
    this.#around = around;
  }

  async see(protocols: readonly ProtocolStatus[]): Promise<{ readonly changed: boolean; readonly lacks: boolean }> {
    const moment = { date: this.#ports.now(), ms: performance.now(), readTime: birdTime };
    const before = this.#sessions.size > 0 ? this.#sessions : this.#lost;
    const followed = followSessions(before, this.#wantedSessions(), protocols, moment);
    this.#sessions = followed.sessions;
    for (const event of followed.events) this.#around.onSession(event);
    const announced = this.#around.announced();
    const known = this.#trusted ? this.#memory : undefined;
    const found = await readMemory(this.#ports.control, protocols, this.#byFamily(announced), known);
    // What came or went meanwhile makes an answer that matches neither the old state nor the new one.
    if (this.#around.announced() !== announced) return { changed: false, lacks: false };
    const changed = [...found].some(([family, one]) => this.#memory?.get(family) !== one);
    this.#memory = found;
    this.#trusted = true;
    this.#shortfalls = followShortfalls(this.#shortfalls, found, performance.now());
    return { changed, lacks: this.#isNews(found) };
  }

  forget(why: string): void {
    this.#memory = undefined;
    this.#trusted = false;
    this.#shortfalls = new Map();
    if (this.#sessions.size === 0) return;
    const left = loseSessions(this.#sessions, why, { date: this.#ports.now(), ms: performance.now() });
    this.#sessions = new Map();
    this.#lost = left.sessions;
    for (const event of left.events) this.#around.onSession(event);
  }

  doubt(): void {
    this.#trusted = false;
  }

  get isShort(): boolean {
    if (this.#memory === undefined) return true;
    return [...this.#memory.values()].some(
      ({ announced, missing, untold, tellers }) =>
        missing.size > 0 || untold.size > 0 || (tellers.length === 0 && announced.size > 0),
    );
  }

  /** Passed on by itself. */
  readonly shortfall: BirdObserver['shortfall'] = (address) => {
    const found = this.#memory?.get(familyOf(address));
    if (found !== undefined) return shortfallOf(found, address);
    return {
      reason: 'publishPending',
      message: 'BIRD has accepted it; whether it is advertised to a router is being checked',
    };
  };

  get problems(): WatchedProblems['birdMemory'] {
    const { config, host, peers, problems } = this.#state;
    const now = performance.now();
    const graceMs = longestConnectMs(config.bgp.peers.length === 0 ? undefined : this.#around.text());
    const files = { wanted: config.bird.config, read: this.#ports.control.configFile };
    const missing = 'error' in host.facts ? [] : (host.facts.missingNextHops ?? []);
    const down = [
      ...sessionProblems(this.#sessions, now, graceMs),
      ...lackingNextHops(peers, (protocol) => this.#peerOf(protocol), missing),
    ];
    if (this.#memory === undefined) return down;
    const short = memoryProblems(this.#memory, this.#shortfalls, { now, graceMs, files });
    // A publish that failed has reported the other file already.
    return [...down, ...short.filter(({ code }) => code !== 'notInBird' || !problems.isStated('publish'))];
  }

  #byFamily(announced: Announced): ReadonlyMap<Family, ReadonlySet<Address>> {
    if (this.#split?.of !== announced) {
      const groups = Map.groupBy(announced.keys(), familyOf);
      const families = new Map(FAMILIES.map((family) => [family, new Set(groups.get(family))]));
      this.#split = { of: announced, families };
    }
    return this.#split.families;
  }

  #wantedSessions(): WantedSession[] {
    const { config, host } = this.#state;
    return config.bgp.peers.map(({ name, address }) => ({
      ...{ peer: name, protocol: peerProtocol(name), address },
      reachable: 'error' in host.facts || host.facts.sourceAddresses.has(name),
    }));
  }

  #peerOf(protocol: string): string {
    return this.#state.config.bgp.peers.find(({ name }) => peerProtocol(name) === protocol)?.name ?? protocol;
  }

  /** Whether BIRD lacks routes, in a way that was not seen before. */
  #isNews(found: BirdMemory): boolean {
    const lacking = [...found.values()].filter(({ missing, protocol }) => missing.size > 0 && protocol !== 'down');
    const told = lacking.map(({ trace }) => trace).join('\n');
    const news = told !== '' && told !== this.#reported;
    this.#reported = told;
    return news;
  }
}
