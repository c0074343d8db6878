import { FlockError } from '../errors.ts';
import type { Link, NetworkNamespace } from '../kernel/ports.ts';
import type { ObservedPodSide, ObservedSide, PodWiring } from './pod-wiring.ts';
import { guardSysctls, hostSysctls, podSysctls } from './sysctls.ts';

/**
 * Reads one end of the veth. A newly created pair has nothing on it yet, so no dumps are needed.
 * @throws FlockError `wiringFailed` when the link has vanished meanwhile.
 */
export async function observeHost(
  host: NetworkNamespace,
  wiring: PodWiring,
  veth: 'new' | 'existing',
): Promise<ObservedSide> {
  const link = await existing(host, wiring.hostInterface);
  const sysctls = readSysctls(host, new Map([...hostSysctls(wiring), ...guardSysctls(wiring)]));
  if (veth === 'new') return { link, sysctls, addresses: [], routes: [], neighbours: [] };
  const addresses = await host.addresses(link.index);
  const routes = (await host.routes({ protocol: wiring.routeProtocol })).filter(
    (route) => route.linkIndex === link.index,
  );
  const neighbours = await host.neighbours(link.index);
  return { link, sysctls, addresses, routes, neighbours };
}

/** The pod's end, with its loopback. */
export async function observePod(
  pod: NetworkNamespace,
  wiring: PodWiring,
  veth: 'new' | 'existing',
): Promise<ObservedPodSide> {
  const link = await existing(pod, wiring.podInterface);
  const loopback = await existing(pod, 'lo');
  const sysctlsWanted = podSysctls(wiring, (path) => pod.readSysctl(path));
  const sysctls = readSysctls(pod, sysctlsWanted);
  // The loopback may already have had addresses, but setting one again does no harm.
  if (veth === 'new') return { link, loopback, sysctls, sysctlsWanted, addresses: [], routes: [], neighbours: [] };
  const addresses = await pod.addresses();
  const routes = await pod.routes();
  const neighbours = await pod.neighbours(link.index);
  return { link, loopback, sysctls, sysctlsWanted, addresses, routes, neighbours };
}

async function existing(namespace: NetworkNamespace, name: string): Promise<Link> {
  const link = await namespace.link(name);
  if (link === undefined)
    throw new FlockError('wiringFailed', `the interface ${name} vanished while the pod was being wired`);
  return link;
}

/** Current values of sysctls, by path. */
function readSysctls(
  namespace: NetworkNamespace,
  wanted: ReadonlyMap<string, string>,
): Map<string, string | undefined> {
  return new Map([...wanted.keys()].map((path) => [path, namespace.readSysctl(path)]));
}
