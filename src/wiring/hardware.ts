import type { Change, Link } from '../kernel/ports.ts';
import type { Difference, PodWiring } from './types.ts';

/**
 * What must be corrected before the rest of an existing end is examined: the kernel flushes neighbours when the MAC
 * changes; while the MTU is below 1280 bytes (RFC 8200, 5) it drops everything of IPv6, sysctls included, and once it
 * no longer is, gives the link default settings.
 */
export function hardwareDifferences(mac: string, mtu: number, link: Link, name: string): Difference[] {
  const linkIndex = link.index;
  const found: Difference[] = [];
  if (link.mac !== mac)
    found.push(difference(`${name} has MAC ${link.mac}, not ${mac}`, { kind: 'setLink', linkIndex, mac }));
  if (link.mtu !== mtu)
    found.push(difference(`${name} has MTU ${link.mtu}, not ${mtu}`, { kind: 'setLink', linkIndex, mtu }));
  if (link.noArp === true)
    found.push(difference(`${name} has ARP switched off (NOARP)`, { kind: 'setLink', linkIndex, arp: true }));
  return found;
}

/**
 * The same for the host's end, which must not belong to a bridge, bond or VRF either: the pod's packets would go there,
 * and so would the link's routes. Inside a pod that is the pod's business.
 */
export function hostHardware({ hostMac, mtu, hostInterface }: PodWiring, link: Link): Difference[] {
  const freed =
    link.master === undefined
      ? []
      : [
          difference(`${hostInterface} belongs to link ${link.master}, a bridge or the like`, {
            ...{ kind: 'setLink', linkIndex: link.index, noMaster: true },
          }),
        ];
  return [...freed, ...hardwareDifferences(hostMac, mtu, link, hostInterface)];
}

function difference(text: string, change: Change): Difference {
  return { text, fix: { kind: 'change', change } };
}
