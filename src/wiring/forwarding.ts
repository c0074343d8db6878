import { FlockError } from '../errors.ts';
import type { NetworkNamespace } from '../kernel/ports.ts';
import { isHostInterfaceName } from '../model/names.ts';

/** A sysctl to set, in order, and why. */
export interface HostSysctl {
  readonly path: string;
  readonly value: string;
}

/**
 * What the whole host needs in order to route for its pods (Documentation/networking/ip-sysctl.rst). An uplink that
 * takes router advertisements (accept_ra 1) stops doing so, and loses its default route, as soon as it forwards, unless
 * it is told to go on (2) before. Multipath hashes over ports (1), so that flows of one client spread over replicas.
 * @param uplinks interfaces of the host with their `accept_ra`.
 * @param read current value of a sysctl, undefined when the kernel lacks it.
 */
export function forwardingSysctls(
  uplinks: readonly string[],
  read: (path: string) => string | undefined,
): HostSysctl[] {
  const wanted: HostSysctl[] = [];
  for (const name of uplinks) {
    const path = `net/ipv6/conf/${name}/accept_ra`;
    if (name !== 'lo' && !isHostInterfaceName(name) && read(path) === '1') wanted.push({ path, value: '2' });
  }
  const always: HostSysctl[] = [
    { path: 'net/ipv6/conf/all/forwarding', value: '1' },
    { path: 'net/ipv4/ip_forward', value: '1' },
    { path: 'net/ipv4/fib_multipath_hash_policy', value: '1' },
    { path: 'net/ipv6/fib_multipath_hash_policy', value: '1' },
  ];
  return [...wanted, ...always.filter(({ path, value }) => read(path) !== undefined && read(path) !== value)];
}

/**
 * Switches forwarding on for the host.
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
