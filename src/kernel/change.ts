import type { Address, Family } from '../model/address.ts';
import type { Prefix } from '../model/prefix.ts';

/** One change. `replace` creates or overwrites; deleting what is not there succeeds. */
export type Change =
  | {
      /** EEXIST when either name is taken. */
      readonly kind: 'createVeth';
      readonly name: string;
      readonly mac: string;
      readonly mtu: number;
      /** The peer is created in the namespace of this descriptor, with its name. */
      readonly peer: { readonly name: string; readonly mac: string; readonly namespaceFd: number };
    }
  | {
      /** Sets the given properties on an existing link. `up` brings it up. */
      readonly kind: 'setLink';
      readonly linkIndex: number;
      readonly up?: true;
      readonly addrGenModeNone?: true;
      readonly alias?: string;
      readonly mtu?: number;
      readonly mac?: string;
      /** Takes the link out of the bridge, VRF or bond that it is a port of. */
      readonly noMaster?: true;
      /** Switches ARP and neighbour discovery on; the kernel flushes the link's neighbours when it does. */
      readonly arp?: true;
    }
  | { readonly kind: 'deleteLink'; readonly linkIndex: number }
  | {
      /**
       * IFA_F_NODAD is always set for IPv6; the scope is global, or link for `fe80::/10`. An existing IPv6 address that
       * is tentative or has another prefix length is replaced; an IPv4 address with another length is a different
       * address. When a link loses its last IPv4 address, the kernel drops all IPv4 routes over that link.
       */
      readonly kind: 'replaceAddress' | 'deleteAddress';
      readonly linkIndex: number;
      readonly address: Address;
      readonly prefixLength: number;
    }
  | {
      /**
       * Overwrites the route with the same prefix and metric, whatever its protocol; a route with another metric is
       * kept. An onlink IPv6 gateway must not have a route over another device, except the default route.
       */
      readonly kind: 'replaceRoute';
      readonly destination: Prefix;
      readonly linkIndex?: number;
      readonly gateway?: Address;
      readonly onlink?: true;
      readonly preferredSource?: Address;
      readonly nextHopId?: number;
      /** IPv4 only; default `global`. */
      readonly scope?: 'global' | 'link';
      readonly protocol: number;
      /** Default: the kernel's 1024 for IPv6, 0 for IPv4. */
      readonly metric?: number;
      /**
       * Create only (NLM_F_CREATE | NLM_F_EXCL instead of NLM_F_REPLACE): EEXIST when a route with this destination and
       * metric exists. The kernel's replace ignores protocol and owner, and would overwrite another program's route.
       */
      readonly exclusive?: true;
    }
  | {
      /** Deletes one route: the matching one with the lowest metric. */
      readonly kind: 'deleteRoute';
      readonly destination: Prefix;
      readonly protocol: number;
      readonly metric?: number;
      readonly linkIndex?: number;
    }
  | {
      readonly kind: 'replaceNeighbour' | 'deleteNeighbour';
      readonly linkIndex: number;
      readonly address: Address;
      /** Hardware address for `replaceNeighbour`; the entry is permanent. */
      readonly mac?: string;
    }
  | {
      /** A leaf, onlink. EINVAL when the id belongs to a group. */
      readonly kind: 'replaceNextHop';
      readonly id: number;
      readonly protocol: number;
      readonly family: Family;
      readonly linkIndex: number;
      readonly gateway: Address;
    }
  | {
      /** A group of at least one leaf. EINVAL when the id belongs to a leaf. */
      readonly kind: 'replaceNextHopGroup';
      readonly id: number;
      readonly protocol: number;
      readonly members: readonly number[];
    }
  | { readonly kind: 'deleteNextHop'; readonly id: number };

/** The result of one change. */
export type ChangeResult =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** `EEXIST`, `ENODEV`, … */
      readonly errno: string;
      /** The kernel's own message (extended acknowledgement), if it gave one. */
      readonly message: string | undefined;
    };
