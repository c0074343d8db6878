import { eventFilter } from './event-filter.ts';
import { HostEvents } from './host-events.ts';
import { type HeldNamespace, openNamespacePath, ownNamespace, sandboxUnknown } from './namespace.ts';
import { openNetlinkSocket } from './netlink/socket.ts';
import { Network } from './network.ts';
import { lookIntoPod } from './pod-sight.ts';
import { type Kernel, KernelError, type NamespaceHandle } from './ports.ts';

/**
 * RTNLGRP_LINK, _NEIGH, _IPV4_IFADDR, _IPV4_ROUTE, _IPV4_RULE, _IPV6_IFADDR, _IPV6_ROUTE, _IPV6_RULE, _IPV4_NETCONF,
 * _IPV6_NETCONF and _NEXTHOP (linux/rtnetlink.h).
 */
const GROUPS: readonly number[] = [1, 3, 5, 7, 8, 9, 11, 19, 24, 25, 32];

/**
 * Opens the kernel. Must be called on the thread that makes all further calls.
 * @param options `hostNamespace`: path of the namespace to treat as the host's, instead of this process's own.
 * @throws FlockError when `hostNamespace` is not a network namespace.
 * @throws KernelError when no netlink socket can be opened.
 */
export function openKernel(options: { hostNamespace?: string } = {}): Kernel {
  const { hostNamespace: path } = options;
  const hostNamespace = path === undefined ? ownNamespace() : openNamespacePath(path);
  const host = new Network(hostNamespace);
  const events = new HostEvents((protocol, listener) =>
    openNetlinkSocket(hostNamespace, listener, { groups: GROUPS, filter: eventFilter(protocol) }),
  );
  let open = true;
  return {
    host,
    openNamespace: (path) => {
      if (!open) throw new KernelError('the kernel has been closed');
      return openPod(path, hostNamespace);
    },
    lookIntoPod,
    onHostChange: (interest, listener) => {
      if (!open) throw new KernelError('the kernel has been closed');
      return events.listen(interest, listener);
    },
    close: () => {
      open = false;
      events.close();
      host.close();
    },
  };
}

/** @throws FlockError when it is the host's own: a pod there would share the host's interfaces and routes. */
function openPod(path: string, hostNamespace: HeldNamespace): NamespaceHandle {
  const namespace = openNamespacePath(path);
  if (namespace.inode === hostNamespace.inode || namespace.inode === ownNamespace().inode) {
    namespace.close();
    throw sandboxUnknown(path, 'it is the network namespace of the host itself, and a pod in it needs no wiring');
  }
  return new Network(namespace);
}
