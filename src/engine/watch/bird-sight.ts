import { sessionPatience } from '../../bird/measure/connect-time.ts';
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

/** What the sight has to know of the engine. */
export interface SightSurroundings {
  /** What BIRD has accepted. */
  readonly announced: () => Announced;
  /** The text of BIRD's configuration as it is wanted; undefined where there is none. */
  readonly text: () => string | undefined;
  readonly onSession: (event: SessionEvent) => void;
}

/** What BIRD was last seen to have in its memory: sessions, announced addresses, and whom it tells of them. */
export interface BirdSight {
  /**
   * Takes BIRD's answer to `show protocols all`, and asks for what that leaves open.
   * @returns whether something has changed; and whether BIRD lacks what it had accepted, in a way that was not seen before.
   * @throws BirdError
   */
  see(protocols: readonly ProtocolStatus[]): Promise<{ readonly changed: boolean; readonly lacks: boolean }>;
  /** BIRD is away, or is another one: nothing of it is known. @param why for people. */
  forget(why: string): void;
  /** BIRD may run another text: the next look compares by name. */
  doubt(): void;
  /** Whether some address that BIRD has accepted is not, or not known to be, told to a router. */
  readonly isShort: boolean;
  /** Why an address that BIRD has accepted is not advertised. */
  readonly shortfall: AddressFacts['shortfall'];
  readonly problems: WatchedProblems['birdMemory'];
}

export function createBirdSight(ports: EnginePorts, state: EngineState, around: SightSurroundings): BirdSight {
  let memory: BirdMemory | undefined;
  let trusted = false;
  let shortfalls: Shortfalls = new Map();
  let sessions: Sessions = new Map();
  /** Those that were established when BIRD went away. */
  let lost: Sessions = new Map();
  let reported = '';
  let split: { readonly of: Announced; readonly families: ReadonlyMap<Family, ReadonlySet<Address>> } | undefined;

  function byFamily(announced: Announced): ReadonlyMap<Family, ReadonlySet<Address>> {
    if (split?.of !== announced) {
      const groups = Map.groupBy(announced.keys(), familyOf);
      split = { of: announced, families: new Map(FAMILIES.map((family) => [family, new Set(groups.get(family))])) };
    }
    return split.families;
  }

  function wantedSessions(): WantedSession[] {
    const { facts } = state.host;
    return state.config.bgp.peers.map(({ name, address }) => ({
      ...{ peer: name, protocol: peerProtocol(name), address },
      reachable: 'error' in facts || facts.sourceAddresses.has(name),
    }));
  }

  function peerOf(protocol: string): string {
    return state.config.bgp.peers.find(({ name }) => peerProtocol(name) === protocol)?.name ?? protocol;
  }

  function forget(why: string): void {
    memory = undefined;
    trusted = false;
    shortfalls = new Map();
    if (sessions.size === 0) return;
    const left = loseSessions(sessions, why, { date: ports.now(), ms: performance.now() });
    sessions = new Map();
    lost = left.sessions;
    for (const event of left.events) around.onSession(event);
  }

  /** Whether BIRD lacks routes, in a way that was not seen before. */
  function isNews(found: BirdMemory): boolean {
    const lacking = [...found.values()].filter(({ missing, protocol }) => missing.size > 0 && protocol !== 'down');
    const told = lacking.map(({ trace }) => trace).join('\n');
    const news = told !== '' && told !== reported;
    reported = told;
    return news;
  }

  return {
    async see(protocols) {
      const moment = { date: ports.now(), ms: performance.now(), readTime: birdTime };
      const followed = followSessions(sessions.size > 0 ? sessions : lost, wantedSessions(), protocols, moment);
      sessions = followed.sessions;
      for (const event of followed.events) around.onSession(event);
      const announced = around.announced();
      const found = await readMemory(ports.control, protocols, byFamily(announced), trusted ? memory : undefined);
      // What came or went meanwhile makes an answer that is neither of before nor of after.
      if (around.announced() !== announced) return { changed: false, lacks: false };
      const changed = [...found].some(([family, one]) => memory?.get(family) !== one);
      memory = found;
      trusted = true;
      shortfalls = followShortfalls(shortfalls, found, performance.now());
      return { changed, lacks: isNews(found) };
    },
    forget,
    doubt() {
      trusted = false;
    },
    get isShort() {
      if (memory === undefined) return true;
      return [...memory.values()].some(
        ({ announced, missing, untold, tellers }) =>
          missing.size > 0 || untold.size > 0 || (tellers.length === 0 && announced.size > 0),
      );
    },
    shortfall(address) {
      const found = memory?.get(familyOf(address));
      if (found !== undefined) return shortfallOf(found, address);
      return { reason: 'publishPending', message: 'BIRD has accepted it; whether a router is told is being looked up' };
    },
    get problems() {
      const now = performance.now();
      const text = state.config.bgp.peers.length === 0 ? undefined : around.text();
      const patience = sessionPatience(text);
      const files = { wanted: state.config.bird.config, read: ports.control.configFile };
      const { facts } = state.host;
      const down = [
        ...sessionProblems(sessions, now, patience),
        ...lackingNextHops(state.peers, peerOf, 'error' in facts ? [] : (facts.missingNextHops ?? [])),
      ];
      if (memory === undefined) return down;
      const short = memoryProblems(memory, shortfalls, { now, patience, files });
      // A publish that failed tells of the other file already.
      return [...down, ...short.filter(({ code }) => code !== 'notInBird' || !state.problems.isStated('publish'))];
    },
  };
}
