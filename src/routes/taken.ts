import type { RouteTaken } from '../kernel/ports.ts';
import { type Address, addressBits } from '../model/address.ts';
import { formatPrefix, hostPrefix } from '../model/prefix.ts';

/** Names of route protocol numbers (linux/rtnetlink.h), as `ip route` shows them. */
const PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [1, 'redirect'],
  [2, 'kernel'],
  [3, 'boot'],
  [4, 'static'],
  [9, 'ra'],
  [11, 'zebra'],
  [12, 'bird'],
  [16, 'dhcp'],
  [18, 'keepalived'],
  [186, 'bgp'],
  [188, 'ospf'],
]);
const RT_TABLE_MAIN = 254;

/**
 * Why packets to an address do not take our route, in a sentence; undefined when they do. They may take another
 * program's route to the same address with a better metric, or a rule may send them to another table.
 * @param taken the route that the kernel takes; undefined when it cannot reach the address.
 * @param protocol of our routes; @param nameOf the name of a link.
 */
export function otherRouteSentence(
  address: Address,
  taken: RouteTaken | undefined,
  protocol: number,
  nameOf: (linkIndex: number) => string | undefined,
): string | undefined {
  if (taken === undefined) {
    return `packets to ${address} do not take flockd's route: the kernel has no route to it, or a rule or route rejects it (ip route get ${address})`;
  }
  const { destination } = taken;
  if (taken.protocol === protocol && destination.length === addressBits(destination.family)) return undefined;
  if (taken.local) {
    return `packets to ${address} do not leave this host, which has the address itself; remove it (ip address)`;
  }
  const via = taken.linkIndex === undefined ? '' : ` on ${nameOf(taken.linkIndex) ?? `link ${taken.linkIndex}`}`;
  const table = taken.table === RT_TABLE_MAIN ? '' : ` of table ${taken.table}`;
  const name = PROTOCOLS.get(taken.protocol) ?? String(taken.protocol);
  return `packets to ${address} take the route ${formatPrefix(destination)}${table}${via} of another program (protocol ${name}), which is left alone; remove that one (ip route show table all ${hostPrefix(address)}; ip rule), or the claim`;
}
