import { FlockError } from '../../errors.ts';
import type { NetworkNamespace } from '../../kernel/ports.ts';
import { FAMILIES, type Family } from '../../model/address.ts';
import { isHostInterfaceName } from '../../model/names.ts';

/** A sysctl to set, in order, and why. */
export interface HostSysctl {
  readonly path: string;
  readonly value: string;
}

/**
 * The sysctl that enables forwarding of a family on the host. When off, it is off for every interface
 * (inet_forward_change).
 */
const HOST_FORWARDING: Readonly<Record<Family, string>> = {
  4: 'net/ipv4/ip_forward',
  6: 'net/ipv6/conf/all/forwarding',
};

/**
 * What in the host's forwarding settings stops the packets of pods, one sentence each, for CHECK.
 * @param families those that the pod has.
 */
export function forwardingObstacles(families: readonly Family[], read: (path: string) => string | undefined): string[] {
  return families.flatMap((family) => {
    const value = read(HOST_FORWARDING[family]);
    if (value === '1') return [];
    return [
      `sysctl ${HOST_FORWARDING[family]} is ${value ?? 'missing'}, not 1: this host forwards no IPv${family} packet`,
    ];
  });
}

/**
 * What the whole host needs in order to route for its pods (Documentation/networking/ip-sysctl.rst). An uplink that
 * accepts router advertisements (accept_ra 1) stops doing so, and loses its default route, as soon as it forwards,
 * unless accept_ra is set to 2 first. Multipath hashes include ports (1), so that the flows of one client spread over
 * replicas.
 * @param links names of the host's interfaces.
 * @param read returns the current value of a sysctl, undefined when the kernel lacks it.
 * @param leading names of those that lead to the routers. IPv4 packets that arrive there are forwarded only if the
 * interface's own switch is on (ip_route_input_slow in net/ipv4/route.c); IPv6 checks only the host's.
 */
export function forwardingSysctls(
  links: readonly string[],
  read: (path: string) => string | undefined,
  leading: Iterable<string> = [],
): HostSysctl[] {
  const wanted: HostSysctl[] = [];
  for (const name of links) {
    const path = `net/ipv6/conf/${name}/accept_ra`;
    if (name !== 'lo' && !isHostInterfaceName(name) && read(path) === '1') wanted.push({ path, value: '2' });
  }
  const always: HostSysctl[] = [
    ...FAMILIES.map((family) => ({ path: HOST_FORWARDING[family], value: '1' })),
    ...[...leading].map((name) => ({ path: `net/ipv4/conf/${name}/forwarding`, value: '1' })),
    { path: 'net/ipv4/fib_multipath_hash_policy', value: '1' },
    { path: 'net/ipv6/fib_multipath_hash_policy', value: '1' },
  ];
  const differs = ({ path, value }: HostSysctl): boolean => {
    const found = read(path);
    return found !== undefined && found !== value;
  };
  return [...wanted, ...always.filter(differs)];
}

/**
 * Enables forwarding on the host.
 * @returns what was changed.
 * @throws FlockError `wiringFailed` when the kernel refuses.
 */
export async function enableForwarding(host: NetworkNamespace): Promise<HostSysctl[]> {
  const names = (await host.links()).map((link) => link.name);
  const wanted = forwardingSysctls(names, (path) => host.readSysctl(path));
  for (const { path, value } of wanted) {
    try {
      host.writeSysctl(path, value);
    } catch (cause) {
      throw new FlockError(
        'wiringFailed',
        `sysctl ${path} cannot be set to ${value}, and without it this host does not route`,
        { cause },
      );
    }
  }
  return wanted;
}
