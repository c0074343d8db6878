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
      /** The peer is born in the namespace behind this descriptor, already named. */
      readonly peer: { readonly name: string; readonly mac: string; readonly namespaceFd: number };
    }
  | {
      /** Sets what is given on an existing link. `up` brings it up. */
      readonly kind: 'setLink';
      readonly linkIndex: number;
      readonly up?: true;
      readonly addrGenModeNone?: true;
      readonly alias?: string;
      readonly mtu?: number;
      readonly mac?: string;
      /** Takes the link out of the bridge, VRF or bond that it is a port of. */
      readonly noMaster?: true;
      /** Switches ARP and neighbour discovery on; the kernel forgets the link's neighbours with that. */
      readonly arp?: true;
    }
  | { readonly kind: 'deleteLink'; readonly linkIndex: number }
  | {
      /**
       * IFA_F_NODAD is always set for IPv6; scope is global unless `fe80::/10` makes it link. An IPv6 address that is
       * there but tentative, or has another prefix length, is made anew; with another length an IPv4 address is another
       * one. With a link's last IPv4 address the kernel drops all IPv4 routes over that link.
       */
      readonly kind: 'replaceAddress' | 'deleteAddress';
      readonly linkIndex: number;
      readonly address: Address;
      readonly prefixLength: number;
    }
  | {
      /**
       * Overwrites the route with the same prefix and metric, whatever its protocol; a route with another metric stays
       * beside it. An IPv6 gateway that is onlink must not have a route over another device, the default route apart.
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
      /** IPv6 default is the kernel's 1024, IPv4 default 0. */
      readonly metric?: number;
      /**
       * Create only (NLM_F_CREATE | NLM_F_EXCL instead of NLM_F_REPLACE): EEXIST when a route of this destination and
       * metric is there. The kernel's replace looks at neither protocol nor owner and would take a stranger's route.
       */
      readonly exclusive?: true;
    }
  | {
      /** Deletes one: of those that match, the one with the lowest metric. */
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
      /** A leaf, onlink. EINVAL where the id is a group's. */
      readonly kind: 'replaceNextHop';
      readonly id: number;
      readonly protocol: number;
      readonly family: Family;
      readonly linkIndex: number;
      readonly gateway: Address;
    }
  | {
      /** A group of at least one leaf. EINVAL where the id is a leaf's. */
      readonly kind: 'replaceNextHopGroup';
      readonly id: number;
      readonly protocol: number;
      readonly members: readonly number[];
    }
  | { readonly kind: 'deleteNextHop'; readonly id: number };

/** What became of one change. */
export type ChangeResult =
  | { readonly ok: true }
  | {
      readonly ok: false;
      /** `EEXIST`, `ENODEV`, … */
      readonly errno: string;
      /** The kernel's own sentence (extended acknowledgement), when it gave one. */
      readonly message: string | undefined;
    };
