import type { Address } from '../model/address.ts';
import { hostPrefix } from '../model/prefix.ts';
import { type AddResult, CNI_VERSIONS, type CniVersion, type ResultIp, type ResultRoute } from './types.ts';

/** What ADD set up, as far as it is reported to a runtime. An allocation has all of it. */
export interface WiredAttachment {
  readonly ifname: string;
  /** Path of the pod's network namespace, as the runtime gave it. */
  readonly netns: string;
  readonly hostInterface: string;
  readonly hostMac: string;
  readonly podMac: string;
  /** In bytes. */
  readonly mtu: number;
  readonly ip6: Address | undefined;
  readonly ip4: Address | undefined;
}

/** The gateways of every pod: no host address is ever its own, see the wiring room. */
const GATEWAY = { 6: 'fe80::1', 4: '169.254.1.1' } as const;

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
  return [{ ...familyName, interface: POD_INTERFACE, address: hostPrefix(address), gateway: GATEWAY[family] }];
}

const ROUTES6: readonly ResultRoute[] = [{ dst: '::/0', gw: GATEWAY[6] }];

/** The gateway is not on a subnet of the pod, so a link-scope route to it comes first. */
function routes4(version: CniVersion): ResultRoute[] {
  const onLink = { dst: `${GATEWAY[4]}/32`, ...(version === '1.1.0' ? { scope: SCOPE_LINK } : {}) };
  return [onLink, { dst: '0.0.0.0/0', gw: GATEWAY[4] }];
}

/** Answer to VERSION. The specification requires the version of the request to be returned, whichever it is. */
export function versionResult(version: string): { cniVersion: string; supportedVersions: readonly CniVersion[] } {
  return { cniVersion: version, supportedVersions: CNI_VERSIONS };
}
