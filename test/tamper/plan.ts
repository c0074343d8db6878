import { nodePlan } from '../lab/fabric.ts';
import type { PodSpec } from '../lab/pod-manifest.ts';

/** Names and addresses of the world that is tampered with. All addresses are out of the ranges for documentation and private use. */

export const PEER = 'tor';
export const UPLINK = 'uplink0';
export const LINK = nodePlan(1);
export const NODE_ADDRESS6 = LINK.nodeAddress6;

/**
 * Addresses of the router from which it pings, by family. Several, since the node spreads the flows to an address of several
 * pods by a hash over both addresses.
 */
export const SOURCES = {
  4: ['10.0.1.254', '10.0.1.253', '10.0.1.252'],
  6: ['2001:db8:0:1::fe', '2001:db8:0:1::fd', '2001:db8:0:1::fc'],
} as const;

/** A file beside `flock.yaml` that a player has BIRD read: one that knows neither flockd nor a session. */
export const OTHER_BIRD_CONF = 'other-bird.conf';

const SHARED = '192.0.2.77, 2001:db8:ffff::77';

/** The pods: two that share an address, both kinds of claims, one of each family alone. */
export const PODS: readonly PodSpec[] = [
  { name: 'web1', annotations: { anycast: `192.0.2.1, 2001:db8:ffff::1, ${SHARED}` }, ready: true },
  {
    name: 'web2',
    annotations: { addresses: '192.0.2.2, 2001:db8:ffff::2', anycast: SHARED },
    ready: true,
  },
  { name: 'mail', annotations: { addresses: '192.0.2.3, 2001:db8:ffff::3' }, ready: true },
  { name: 'old', annotations: { anycast: '192.0.2.4', ipv6: 'false' }, ready: true },
  { name: 'new', annotations: { anycast: '2001:db8:ffff::5', ipv4: 'false' }, ready: true },
];
