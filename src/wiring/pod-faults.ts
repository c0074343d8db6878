import type { NetworkNamespace, PodQuestion, PodSight } from '../kernel/ports.ts';
import { type Address, type Family, parseAddress } from '../model/address.ts';
import { POD_GATEWAYS } from '../model/gateways.ts';
import type { PodWiring } from './types.ts';

/** A fault of a pod's own end that keeps packets from the pod. */
export interface PodFault {
  readonly text: string;
  /** Which packets: all, those of one family, or those to one claimed address. */
  readonly concerns: 'all' | Family | Address;
}

/**
 * Addresses that no host has, reached through every pod's default routes: the IPv4 dummy address (RFC 7600) and one of
 * the discard-only prefix (RFC 6666).
 */
const ELSEWHERE: Readonly<Record<Family, Address | undefined>> = {
  4: parseAddress('192.0.0.8'),
  6: parseAddress('100::1'),
};

/** The families of a pod with its own address and its gateway. */
function familiesOf({ ip4, ip6 }: PodWiring): { family: Family; own: Address; gateway: Address; to: Address }[] {
  const all = [
    { family: 6 as const, own: ip6, gateway: POD_GATEWAYS[6], to: ELSEWHERE[6] },
    { family: 4 as const, own: ip4, gateway: POD_GATEWAYS[4], to: ELSEWHERE[4] },
  ];
  return all.flatMap(({ own, to, ...rest }) => (own === undefined || to === undefined ? [] : [{ ...rest, own, to }]));
}

/**
 * Whether the host's proxy ARP answers for the pods' IPv4 gateway: it does so for what it has a route to itself
 * (arp_process in net/ipv4/arp.c), so not without a default route. Then everything depends on the pod's permanent
 * entry.
 */
export async function answersForGateway(host: NetworkNamespace): Promise<boolean> {
  return (await host.routeTo(POD_GATEWAYS[4])) !== undefined;
}

const NO_ANSWER = 'the host, which has no default route, does not answer for it';

/** What {@link podFaults} needs to know about the pod's namespace. @param linkIndex of the pod's end there. */
export function podQuestion(wiring: PodWiring, linkIndex: number): PodQuestion {
  const families = familiesOf(wiring);
  return {
    linkIndex,
    addresses: [...families.map(({ own }) => own), ...wiring.anycast, ...wiring.addresses],
    ways: families.map(({ to, gateway }) => ({ to, gateway })),
  };
}

/**
 * What at a pod's own end keeps packets from it, or its replies from the host. Much else may differ from what ADD set
 * up, and CHECK reports that: this covers only what stops packets. An end that is down is not included, since the host
 * sees that.
 * @param hostIndex index of the host's end: if the link found is not its peer, the path leads to another namespace,
 * from which nothing can be concluded.
 * @param answersArp whether the host answers ARP requests for the IPv4 gateway, see {@link answersForGateway}.
 */
export function podFaults(
  wiring: PodWiring,
  hostIndex: number,
  sight: PodSight | undefined,
  answersArp: boolean,
): PodFault[] {
  if (sight?.link.kind !== 'veth' || sight.link.peerIndex !== hostIndex) return [];
  const { link, local, ways } = sight;
  const faults: PodFault[] = [];
  if (wiring.podMacKnown && link.mac !== wiring.podMac)
    faults.push({ text: `${link.name} has the MAC ${link.mac}, not ${wiring.podMac}`, concerns: 'all' });
  if (link.noArp === true)
    faults.push({ text: `${link.name} has ARP and neighbour discovery switched off (NOARP)`, concerns: 'all' });
  for (const [at, { family, own, gateway }] of familiesOf(wiring).entries()) {
    const way = ways[at];
    if (!local.has(own)) faults.push({ text: `${link.name} has lost its address ${own}`, concerns: family });
    if (way?.gateway !== gateway)
      faults.push({ text: `there is no default route via ${gateway} over ${link.name}`, concerns: family });
    const neighbour = way?.neighbour;
    if (neighbour?.permanent === true && neighbour.mac !== wiring.hostMac)
      faults.push({ text: `the neighbour ${gateway} is set to the MAC ${neighbour.mac}`, concerns: family });
    if (family === 4 && !answersArp && neighbour?.mac === undefined)
      faults.push({ text: `there is no neighbour entry for ${gateway}, and ${NO_ANSWER}`, concerns: family });
  }
  for (const [on, addresses] of [
    ['lo', wiring.anycast],
    [link.name, wiring.addresses],
  ] as const) {
    for (const address of addresses)
      if (!local.has(address)) faults.push({ text: `${on} does not have ${address}, or is down`, concerns: address });
  }
  return faults;
}
