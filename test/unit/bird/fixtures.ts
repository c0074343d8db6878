import type { HostFacts } from '../../../src/bird/types.ts';
import type { Config, Peer } from '../../../src/config/types.ts';
import { familyOf } from '../../../src/model/address.ts';
import { DEFAULTS } from '../config/defaults.ts';
import { address, prefix } from '../model/fixtures.ts';

/** A peer with the defaults of the configuration. */
export function peer(name: string, at: string, rest: Partial<Peer> = {}): Peer {
  const to = address(at);
  return {
    name,
    address: to,
    asn: 64600,
    families: [familyOf(to)],
    import: 'default',
    sourceAddress: undefined,
    ...rest,
  };
}

/** A configuration with both pools and the given BGP part. */
export function config(bgp: Partial<Config['bgp']> = {}, rest: Partial<Config> = {}): Config {
  return {
    ...DEFAULTS,
    node: 'node1',
    pools: { ip6: prefix('2001:db8:1:1::/64'), ip4: prefix('10.1.1.0/24') },
    defaults: { ipv6: true, ipv4: true, ipAlgo: '' },
    bgp: { asn: 64601, routerId: undefined, peers: [], ...bgp },
    ...rest,
  };
}

/** Facts of a host at 10.0.0.1 and 2001:db8::1. */
export function facts(sources: Readonly<Record<string, string>> = {}, rest: Partial<HostFacts> = {}): HostFacts {
  return {
    routerId: address('10.0.0.1'),
    sourceAddresses: new Map(Object.entries(sources).map(([name, source]) => [name, address(source)])),
    connectedNetworks: ['10.0.0.0/24', '2001:db8::/64'],
    ...rest,
  };
}

/** What a function throws; fails when it throws nothing. */
export function thrownBy(run: () => unknown): Error & { code?: string } {
  try {
    run();
  } catch (error) {
    if (error instanceof Error) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}
