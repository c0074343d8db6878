import type { Allocation } from '../allocation/allocation.ts';
import type { Address } from '../model/address.ts';
import { POD_GATEWAYS } from '../model/gateways.ts';
import { hostPrefix } from '../model/prefix.ts';
import { type AddResult, CNI_VERSIONS, type CniVersion, type ResultIp, type ResultRoute } from './protocol.ts';

/** What ADD made, as far as a runtime is told. An allocation has all of it. */
export type WiredAttachment = Pick<
  Allocation,
  'ifname' | 'netns' | 'hostInterface' | 'hostMac' | 'podMac' | 'mtu' | 'ip6' | 'ip4'
>;

/** RT_SCOPE_LINK of linux/rtnetlink.h. */
const SCOPE_LINK = 253;

/** Position of the pod's end in `interfaces`; the host's end is the first. */
const POD_INTERFACE = 1;

/**
 * Result of ADD in the requested version. Claimed addresses are omitted: a runtime would take the first of them for the
 * pod's own, and they come and go with its readiness.
 */
export function addResult(version: CniVersion, input: WiredAttachment): AddResult {
  const mtu = version === '1.1.0' ? { mtu: input.mtu } : {};
  return {
    cniVersion: version,
    interfaces: [
      { name: input.hostInterface, mac: input.hostMac, ...mtu },
      { name: input.ifname, mac: input.podMac, ...mtu, sandbox: input.netns },
    ],
    ips: [...ip(version, 6, input.ip6), ...ip(version, 4, input.ip4)],
    routes: [...(input.ip6 === undefined ? [] : ROUTES6), ...(input.ip4 === undefined ? [] : routes4(version))],
    dns: {},
  };
}

function ip(version: CniVersion, family: 4 | 6, address: Address | undefined): ResultIp[] {
  if (address === undefined) return [];
  const familyName = version === '0.4.0' ? ({ version: `${family}` } as const) : {};
  return [{ ...familyName, interface: POD_INTERFACE, address: hostPrefix(address), gateway: POD_GATEWAYS[family] }];
}

const ROUTES6: readonly ResultRoute[] = [{ dst: '::/0', gw: POD_GATEWAYS[6] }];

/** The gateway is not on a subnet of the pod, so a link-scope route to it comes first. */
function routes4(version: CniVersion): ResultRoute[] {
  const onLink = { dst: `${POD_GATEWAYS[4]}/32`, ...(version === '1.1.0' ? { scope: SCOPE_LINK } : {}) };
  return [onLink, { dst: '0.0.0.0/0', gw: POD_GATEWAYS[4] }];
}

/** Answer to VERSION. The specification requires the version of the request to be returned, whichever it is. */
export function versionResult(version: string): { cniVersion: string; supportedVersions: readonly CniVersion[] } {
  return { cniVersion: version, supportedVersions: CNI_VERSIONS };
}
