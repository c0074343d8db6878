import { isEstablished } from '../../bird-control/running.ts';
import type { ProtocolStatus } from '../../bird-control/types.ts';
import type { Address, Family } from '../../model/address.ts';
import { announceProtocol } from '../names.ts';
import { lacksNextHop } from './lacking-next-hops.ts';

/** What BIRD was found to have of the announced addresses of one family, and to which sessions it exports them. */
export interface FamilyMemory {
  readonly family: Family;
  /** The announced addresses that were looked for; the same set object, so that a check need not be repeated. */
  readonly announced: ReadonlySet<Address>;
  /** The static protocol that has them: `down` when it has been disabled, `absent` when BIRD runs another text. */
  readonly protocol: 'up' | 'down' | 'absent';
  /** Those to which BIRD has no route of ours. All of them while the protocol is not up. */
  readonly missing: ReadonlySet<Address>;
  /** Established sessions with a channel of the family, and a next hop for its routes. */
  readonly tellers: readonly string[];
  /** Those that BIRD has but that were exported to none of these. Empty when there is no such session. */
  readonly untold: ReadonlySet<Address>;
  /** While this is the same in BIRD's answers, none of the above has changed. */
  readonly trace: string;
}

/** What BIRD was found to have, by family. */
export type BirdMemory = ReadonlyMap<Family, FamilyMemory>;

/** Other protocols that send routes to routers; an operator's template may use one instead of BGP. */
const OTHER_TELLERS: ReadonlySet<string> = new Set(['OSPF', 'RIP', 'Babel']);

/** The part of a check that `show protocols all` alone answers. */
export interface Outline extends Pick<FamilyMemory, 'family' | 'protocol' | 'tellers' | 'trace'> {
  /** How many routes BIRD has from the protocol; undefined when it does not say. */
  readonly count: number | undefined;
}

/** Reads what BIRD's protocols say about one family. */
export function outlineOf(family: Family, protocols: readonly ProtocolStatus[]): Outline {
  const own = protocols.find(({ name }) => name === announceProtocol(family));
  const channel = own === undefined ? undefined : channelOf(own, family);
  const tellers = protocols.filter((protocol) => tells(protocol, family));
  const trace = [
    [own?.state, own?.since, channel?.imported, channel?.accepted?.imports],
    ...tellers.map((teller) => {
      const out = channelOf(teller, family);
      return [teller.name, teller.since, out?.exported, out?.accepted?.exports];
    }),
  ];
  return {
    family,
    protocol: own === undefined ? 'absent' : own.state === 'up' ? 'up' : 'down',
    tellers: tellers.map(({ name }) => name),
    count: channel?.imported,
    trace: JSON.stringify(trace),
  };
}

function tells(protocol: ProtocolStatus, family: Family): boolean {
  if (channelOf(protocol, family)?.state !== 'UP' || lacksNextHop(protocol, family)) return false;
  return protocol.type === 'BGP' ? isEstablished(protocol) : OTHER_TELLERS.has(protocol.type);
}

function channelOf({ channels }: ProtocolStatus, family: Family) {
  return channels.find(({ name }) => name === `ipv${family}`);
}

/** Why an address that BIRD has accepted is not advertised; undefined when it is. */
export function shortfallOf(
  memory: FamilyMemory,
  address: Address,
): { readonly reason: 'notInBird' | 'noPeer'; readonly message: string } | undefined {
  const { family, protocol, tellers } = memory;
  const name = announceProtocol(family);
  if (protocol === 'absent') return { reason: 'notInBird', message: `BIRD runs a file without the protocol ${name}` };
  if (protocol === 'down') {
    return { reason: 'notInBird', message: `the protocol ${name} of BIRD is disabled; run "birdc enable ${name}"` };
  }
  if (memory.missing.has(address)) {
    return { reason: 'notInBird', message: `the protocol ${name} of BIRD has no route to it, or none that it can use` };
  }
  if (tellers.length === 0) {
    return { reason: 'noPeer', message: `no established session carries IPv${family}, so no router receives it` };
  }
  if (!memory.untold.has(address)) return undefined;
  return { reason: 'noPeer', message: `BIRD has it but exports it over none of its sessions (${tellers.join(', ')})` };
}
