import type { Change, ChangeResult } from '../../src/kernel/ports.ts';
import { addressBits, familyOf } from '../../src/model/address.ts';
import { deleteRoute, replaceGroup, replaceLeaf, replaceRoute } from './kernel-routing.ts';
import {
  addAddress,
  addLink,
  bringUp,
  isLinkLocal,
  OK,
  refuse,
  removeAddress,
  removeLink,
  removeNextHop,
  type Tables,
} from './kernel-tables.ts';

type Of<K extends Change['kind']> = Extract<Change, { kind: K }>;

/** A unicast MAC, as is_valid_ether_addr wants it. */
function macError(mac: string): string | undefined {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(mac)) return 'EINVAL';
  const multicast = (Number.parseInt(mac.slice(0, 2), 16) & 1) !== 0;
  return multicast || mac === '00:00:00:00:00:00' ? 'EADDRNOTAVAIL' : undefined;
}

/** dev_valid_name (net/core/dev.c): 1 to 15 bytes without blanks, slash and colon, and neither `.` nor `..`. */
function isLinkName(name: string): boolean {
  return /^[^\s/:]{1,15}$/.test(name) && Buffer.byteLength(name) < 16 && name !== '.' && name !== '..';
}

function named(tables: Tables, name: string): boolean {
  return [...tables.links.values()].some((link) => link.name === name);
}

/**
 * Carries one change out on the tables, by the kernel's rules as far as flockd meets them.
 * @param namespaceOf the tables behind a descriptor; undefined when it is no namespace's.
 */
export function carryOut(
  tables: Tables,
  change: Change,
  namespaceOf: (fd: number) => Tables | undefined,
): ChangeResult {
  switch (change.kind) {
    case 'createVeth':
      return createVeth(tables, change, namespaceOf(change.peer.namespaceFd));
    case 'setLink':
      return setLink(tables, change);
    case 'deleteLink':
      return deleteLink(tables, change);
    case 'replaceAddress':
      return replaceAddress(tables, change);
    case 'deleteAddress': {
      const found = tables.addresses.find(
        ({ linkIndex, address, prefixLength }) =>
          linkIndex === change.linkIndex && address === change.address && prefixLength === change.prefixLength,
      );
      if (found !== undefined) removeAddress(tables, found);
      return OK;
    }
    case 'replaceRoute':
      return replaceRoute(tables, change);
    case 'deleteRoute':
      return deleteRoute(tables, change);
    case 'replaceNeighbour':
    case 'deleteNeighbour':
      return changeNeighbour(tables, change);
    case 'replaceNextHop':
      return replaceLeaf(tables, change);
    case 'replaceNextHopGroup':
      return replaceGroup(tables, change);
    case 'deleteNextHop':
      removeNextHop(tables, change.id);
      return OK;
  }
}

function createVeth(tables: Tables, change: Of<'createVeth'>, peerTables: Tables | undefined): ChangeResult {
  const { name, mac, mtu, peer } = change;
  if (peerTables === undefined)
    throw new Error(`createVeth: descriptor ${peer.namespaceFd} is not an open namespace's`);
  const badMac = macError(mac) ?? macError(peer.mac);
  if (badMac !== undefined) return refuse(badMac);
  if (!isLinkName(name) || !isLinkName(peer.name) || mtu < 68 || mtu > 65535) return refuse('EINVAL');
  if (named(tables, name) || named(peerTables, peer.name)) return refuse('EEXIST');
  if (tables === peerTables && name === peer.name) return refuse('EEXIST');
  const other = addLink(peerTables, { name: peer.name, kind: 'veth', mac: peer.mac, mtu });
  const link = addLink(tables, { name, kind: 'veth', mac, mtu });
  link.peer = { tables: peerTables, index: other.index };
  other.peer = { tables, index: link.index };
  return OK;
}

function setLink(tables: Tables, change: Of<'setLink'>): ChangeResult {
  const link = tables.links.get(change.linkIndex);
  if (link === undefined) return refuse('ENODEV');
  const badMac = change.mac === undefined ? undefined : macError(change.mac);
  if (badMac !== undefined) return refuse(badMac);
  if (change.mtu !== undefined && (change.mtu < 68 || change.mtu > 65535)) return refuse('EINVAL');
  if (change.alias !== undefined && Buffer.byteLength(change.alias) > 255) return refuse('EINVAL');
  if (change.mac !== undefined) link.mac = change.mac;
  if (change.mtu !== undefined) link.mtu = change.mtu;
  if (change.alias !== undefined) link.alias = change.alias === '' ? undefined : change.alias;
  if (change.noMaster === true) delete link.master;
  if (change.addrGenModeNone === true) link.addrGenMode = 1;
  if (change.noMaster === true) delete link.master;
  if (change.arp === true) delete link.noArp;
  if (change.up === true) bringUp(tables, link);
  return OK;
}

function deleteLink(tables: Tables, change: Of<'deleteLink'>): ChangeResult {
  const link = tables.links.get(change.linkIndex);
  if (link === undefined) return OK;
  if (link.kind !== 'veth') return refuse('EOPNOTSUPP');
  removeLink(tables, link);
  return OK;
}

function replaceAddress(tables: Tables, change: Of<'replaceAddress' | 'deleteAddress'>): ChangeResult {
  const { linkIndex, address, prefixLength } = change;
  const link = tables.links.get(linkIndex);
  if (link === undefined) return refuse('ENODEV');
  const family = familyOf(address);
  if (prefixLength < 0 || prefixLength > addressBits(family)) return refuse('EINVAL');
  if (family === 6 && tables.sysctls.get(`net/ipv6/conf/${link.name}/disable_ipv6`) === '1') return refuse('EACCES');
  const old = tables.addresses.find(
    (entry) =>
      entry.linkIndex === linkIndex &&
      entry.address === address &&
      // The same IPv4 address with two prefix lengths is two addresses; an IPv6 address is there once.
      (family === 6 || entry.prefixLength === prefixLength),
  );
  if (old !== undefined) {
    if (!old.tentative && old.prefixLength === prefixLength) return OK;
    removeAddress(tables, old);
  }
  const scope = isLinkLocal(address) ? 'link' : 'global';
  addAddress(tables, { linkIndex, address, prefixLength, scope, tentative: false });
  return OK;
}

function changeNeighbour(tables: Tables, change: Of<'replaceNeighbour' | 'deleteNeighbour'>): ChangeResult {
  const { linkIndex, address, mac } = change;
  const rest = tables.neighbours.filter((entry) => entry.linkIndex !== linkIndex || entry.address !== address);
  if (change.kind === 'deleteNeighbour') {
    tables.neighbours = rest;
    return OK;
  }
  if (mac === undefined || !/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(mac)) return refuse('EINVAL');
  if (!tables.links.has(linkIndex)) return refuse('ENODEV');
  tables.neighbours = [...rest, { linkIndex, address, mac, permanent: true }];
  return OK;
}
