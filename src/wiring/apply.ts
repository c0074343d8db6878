import { FlockError } from '../errors.ts';
import type { Kernel, Link, NamespaceHandle, NetworkNamespace } from '../kernel/ports.ts';
import { carryOut } from './carry-out.ts';
import { hostDifferences, podDifferences } from './differences.ts';
import { hardwareDifferences, hostHardware } from './hardware.ts';
import { restoreHardware } from './mend.ts';
import { observeHost, observePod } from './observe.ts';
import type { Difference, PodWiring } from './types.ts';

/**
 * Gives a pod its veth, addresses and routes, or repairs what is there. A link that this call created is removed again
 * when a later step fails.
 * @param netns path of the pod's network namespace.
 * @throws FlockError `sandboxUnknown` or `wiringFailed`.
 */
export async function wire(kernel: Kernel, netns: string, wiring: PodWiring): Promise<void> {
  using sandbox = openSandbox(kernel, netns);
  const made = await makeVeth(kernel.host, sandbox.namespace, wiring);
  try {
    if (made === 'existing') await restoreBoth(kernel.host, sandbox.namespace, wiring);
    const [host, pod] = await both(observeHost(kernel.host, wiring, made), observePod(sandbox.namespace, wiring, made));
    await both(
      carryOut(kernel.host, hostDifferences(wiring, host), `host side of ${wiring.hostInterface}`),
      carryOut(sandbox.namespace, podDifferences(wiring, pod), `pod side of ${wiring.hostInterface}`),
    );
    await untilRunning(kernel.host, host.link, sandbox.namespace, pod.link);
  } catch (error) {
    if (made === 'new') await unwire(kernel, wiring.hostInterface);
    throw error;
  }
}

/** Waits for both sides even when one fails, so that nothing continues after the namespace has been closed. */
async function both<A, B>(host: Promise<A>, pod: Promise<B>): Promise<[A, B]> {
  await Promise.allSettled([host, pod]);
  return [await host, await pod];
}

/**
 * Compares the kernel with what `wire` would set up.
 * @returns one sentence per difference; empty when everything is as it should be.
 * @throws FlockError `sandboxUnknown` when the namespace is gone.
 */
export async function inspect(kernel: Kernel, netns: string, wiring: PodWiring): Promise<string[]> {
  using sandbox = openSandbox(kernel, netns);
  const [hostLink, podLink] = await Promise.all([
    kernel.host.link(wiring.hostInterface),
    sandbox.namespace.link(wiring.podInterface),
  ]);
  const missing = [
    ...(hostLink === undefined ? [`${wiring.hostInterface} does not exist`] : []),
    ...(podLink === undefined ? [`${wiring.podInterface} does not exist in the pod`] : []),
  ];
  if (hostLink === undefined || podLink === undefined) return missing;
  if (!arePeers(hostLink, podLink))
    return [`${wiring.hostInterface} and ${wiring.podInterface} are not the two ends of one veth`];
  const found: Difference[] = [
    ...hostDifferences(wiring, await observeHost(kernel.host, wiring, 'existing')),
    ...podDifferences(wiring, await observePod(sandbox.namespace, wiring, 'existing')),
  ];
  return found.map((difference) => difference.text);
}

/**
 * Removes a pod's veth; the kernel takes addresses, routes and neighbours with it. A veth that does not exist counts as
 * removed, and a device of another kind is not the pod's, whatever its name.
 * @throws FlockError `wiringFailed` when the kernel refuses.
 */
export async function unwire(kernel: Kernel, hostInterface: string): Promise<void> {
  const link = await kernel.host.link(hostInterface);
  if (link?.kind !== 'veth') return;
  const result = await kernel.host.removeLink(link.index);
  if (!result.ok) throw new FlockError('wiringFailed', `the kernel would not delete ${hostInterface}: ${result.errno}`);
}

/**
 * A veth carries nothing until the kernel has noticed its carrier on both ends, and the first packet after ADD must
 * pass.
 */
async function untilRunning(
  host: NetworkNamespace,
  hostLink: Link,
  pod: NetworkNamespace,
  podLink: Link,
): Promise<void> {
  const running = await Promise.all([host.untilRunning(hostLink.index), pod.untilRunning(podLink.index)]);
  if (running.includes(false)) {
    throw new FlockError('wiringFailed', `${hostLink.name} and ${podLink.name} in the pod are up but carry nothing`);
  }
}

async function restoreBoth(host: NetworkNamespace, pod: NetworkNamespace, wiring: PodWiring): Promise<void> {
  const { hostInterface, podInterface, podMac, mtu } = wiring;
  // If one is gone, the comparison that follows reports it.
  const hostLink = await host.link(hostInterface);
  if (hostLink !== undefined)
    await restoreHardware(host, hostHardware(wiring, hostLink), `host side of ${hostInterface}`);
  const podLink = await pod.link(podInterface);
  if (podLink !== undefined)
    await restoreHardware(pod, hardwareDifferences(podMac, mtu, podLink, podInterface), `pod side of ${hostInterface}`);
}

function openSandbox(kernel: Kernel, netns: string): { namespace: NamespaceHandle } & Disposable {
  const namespace = kernel.openNamespace(netns);
  return { namespace, [Symbol.dispose]: () => namespace.close() };
}

/** Whether two links are the two ends of one veth. */
export function arePeers(hostLink: Link, podLink: Link): boolean {
  return hostLink.kind === 'veth' && hostLink.peerIndex === podLink.index && podLink.peerIndex === hostLink.index;
}

/** @returns whether the veth is new or already existed complete. */
async function makeVeth(host: NetworkNamespace, pod: NamespaceHandle, wiring: PodWiring): Promise<'new' | 'existing'> {
  const create = {
    kind: 'createVeth',
    name: wiring.hostInterface,
    mac: wiring.hostMac,
    mtu: wiring.mtu,
    peer: { name: wiring.podInterface, mac: wiring.podMac, namespaceFd: pod.fd },
  } as const;
  const [created] = await host.apply([create]);
  if (created?.ok) return 'new';
  if (created === undefined || created.errno !== 'EEXIST') throw createFailed(wiring, created);
  const [hostLink, podLink] = await Promise.all([host.link(wiring.hostInterface), pod.link(wiring.podInterface)]);
  if (hostLink !== undefined && podLink !== undefined && arePeers(hostLink, podLink)) return 'existing';
  if (hostLink === undefined) {
    throw new FlockError(
      'wiringFailed',
      `the sandbox already has an interface ${wiring.podInterface} that flock did not create; choose another name (CNI_IFNAME) or remove it`,
    );
  }
  // By its name the host's end is ours, and no other attachment has it, so a crash or an older sandbox left it behind.
  if (hostLink.kind !== 'veth') {
    throw new FlockError('wiringFailed', `${wiring.hostInterface} exists and is not a veth: remove or rename it`);
  }
  const [, retried] = await host.apply([{ kind: 'deleteLink', linkIndex: hostLink.index }, create]);
  if (!retried?.ok) throw createFailed(wiring, retried);
  return 'new';
}

function createFailed(
  wiring: PodWiring,
  result: { errno: string; message: string | undefined } | undefined,
): FlockError {
  const why =
    result === undefined ? 'no answer' : `${result.errno}${result.message === undefined ? '' : ` (${result.message})`}`;
  return new FlockError(
    'wiringFailed',
    `the kernel would not create ${wiring.hostInterface} and ${wiring.podInterface}: ${why}`,
  );
}
