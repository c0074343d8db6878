/** Addresses and numbers of the world that is edited. Everything out of the ranges for documentation and private use. */

export const NODE_ASN = 64601;

/** A router, its session with the node as both sides see it, and what it offers. */
export interface RouterPlan {
  /** Label of its namespace. */
  readonly router: string;
  /** The name of the peer in the first configuration. */
  readonly peer: string;
  readonly asn: number;
  readonly address: string;
  /** Addresses of both ends of its link. */
  readonly link: { readonly router: readonly string[]; readonly node: readonly string[] };
  /** Addresses that the node may speak from; the first one it takes by itself. */
  readonly sources: readonly [string, string];
}

function routerPlan(n: number): RouterPlan {
  return {
    router: `router${n}`,
    peer: `tor${n}`,
    asn: 64600 + 10 * n,
    address: `10.0.${n}.254`,
    link: {
      router: [`10.0.${n}.254/24`, `2001:db8:0:${n}::fe/64`],
      node: [`10.0.${n}.1/24`, `10.0.${n}.2/24`, `2001:db8:0:${n}::1/64`],
    },
    sources: [`10.0.${n}.1`, `10.0.${n}.2`],
  };
}

export const ROUTERS: readonly [RouterPlan, RouterPlan] = [routerPlan(1), routerPlan(2)];

/** A peer that nobody answers for. */
export const SILENT = { name: 'tor3', address: '10.0.1.253', asn: 64630 };

export const POOLS = { ipv4: '10.1.1.0/24', ipv6: '2001:db8:1:1::/64' };

/** What pods may claim. */
export const CLAIMABLE = ['192.0.2.0/24', '2001:db8:ffff::/48'];

/** The addresses of pod number n, as prefixes. */
export function claimsOf(n: number): readonly [string, string] {
  return [`192.0.2.${n}/32`, `2001:db8:ffff::${n}/128`];
}

/** Numbers of the pods that are ready all the time, and of those that flip. */
export const STEADY = [1, 2];
export const FLIPPING = [11, 12, 13, 14];

/** Claimed by a steady pod and by a flipping one. */
export const SHARED = 77;

/** Prefixes that the routers have all the time: the pools, and what a pod announces that is ready all the time. */
export const ALWAYS_THERE: readonly string[] = [...Object.values(POOLS), ...[...STEADY, SHARED].flatMap(claimsOf)];
