import { familyOf } from '../../model/address.ts';
import type { Change } from '../ports.ts';
import { encodeDeleteAddress, encodeNewAddress } from './address.ts';
import { encodeCreateVeth, encodeDeleteLink, encodeSetLink } from './link.ts';
import { encodeDeleteNeighbour, encodeReplaceNeighbour } from './neighbour.ts';
import { encodeDeleteNextHop, encodeReplaceNextHop, encodeReplaceNextHopGroup } from './nexthop.ts';
import { encodeDeleteRoute, encodeReplaceRoute } from './route.ts';
import type { MessageWriter } from './writer.ts';

/**
 * Writes the messages of one change; the first has number `sequence`, each further one the next.
 * @returns how many messages it took, 1 or 2.
 * @throws KernelError for a value that does not fit a message: a malformed MAC, a gateway of the other family, …
 */
export function encodeChange(writer: MessageWriter, change: Change, sequence: number): number {
  switch (change.kind) {
    case 'setLink':
      return encodeSetLink(writer, change, sequence);
    case 'createVeth':
      encodeCreateVeth(writer, change, sequence);
      return 1;
    case 'deleteLink':
      encodeDeleteLink(writer, change.linkIndex, sequence);
      return 1;
    case 'replaceAddress':
      // An IPv6 address that exists must be checked before it counts as correct, see apply.ts.
      encodeNewAddress(writer, change, familyOf(change.address) === 6 ? 'create' : 'overwrite', sequence);
      return 1;
    case 'deleteAddress':
      encodeDeleteAddress(writer, change, sequence);
      return 1;
    case 'replaceRoute':
      encodeReplaceRoute(writer, change, sequence);
      return 1;
    case 'deleteRoute':
      encodeDeleteRoute(writer, change, sequence);
      return 1;
    case 'replaceNeighbour':
      encodeReplaceNeighbour(writer, change, sequence);
      return 1;
    case 'deleteNeighbour':
      encodeDeleteNeighbour(writer, change, sequence);
      return 1;
    case 'replaceNextHop':
      encodeReplaceNextHop(writer, change, sequence);
      return 1;
    case 'replaceNextHopGroup':
      encodeReplaceNextHopGroup(writer, change, sequence);
      return 1;
    case 'deleteNextHop':
      encodeDeleteNextHop(writer, change.id, sequence);
      return 1;
  }
}

/**
 * What the kernel answers when there is nothing to delete. A link that is gone (ENODEV) took its addresses, neighbours
 * and routes with it; a link without IPv6 (ENXIO, inet6_addr_del in net/ipv6/addrconf.c) has no IPv6 addresses.
 */
const ABSENT: { readonly [kind in Change['kind']]?: readonly string[] } = {
  deleteLink: ['ENODEV'],
  deleteAddress: ['EADDRNOTAVAIL', 'ENODEV', 'ENXIO'],
  deleteRoute: ['ESRCH', 'ENODEV', 'ENOENT'],
  deleteNeighbour: ['ENOENT', 'ENODEV'],
  deleteNextHop: ['ENOENT'],
};

/** Whether a kernel error means that the object to be deleted does not exist. */
export function meansAbsent(change: Change, errno: string): boolean {
  return ABSENT[change.kind]?.includes(errno) ?? false;
}
