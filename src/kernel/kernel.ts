import { LinkEvents } from './link-events.ts';
import { type HeldNamespace, openNamespacePath, ownNamespace, sandboxUnknown } from './namespace.ts';
import { Network } from './network.ts';
import { lookIntoPod } from './pod-sight.ts';
import { type Kernel, KernelError, type NamespaceHandle } from './ports.ts';
import { openNetlinkSocket } from './socket.ts';

/** RTNLGRP_LINK (linux/rtnetlink.h). */
const LINK_GROUP = 1;

/**
 * Opens the kernel. Call it on the thread that makes all further calls.
 * @param options `hostNamespace`: path of the namespace to work in as the host, instead of this process's own.
 * @throws FlockError when `hostNamespace` is no network namespace.
 * @throws KernelError when no netlink socket can be opened.
 */
export function openKernel(options: { hostNamespace?: string } = {}): Kernel {
  const { hostNamespace: path } = options;
  const hostNamespace = path === undefined ? ownNamespace() : openNamespacePath(path);
  const host = new Network(hostNamespace);
  const events = new LinkEvents((listener) => openNetlinkSocket(hostNamespace, [LINK_GROUP], listener));
  let open = true;
  return {
    host,
    openNamespace: (path) => {
      if (!open) throw new KernelError('the kernel has been closed');
      return openPod(path, hostNamespace);
    },
    lookIntoPod,
    onLinkChange: (listener) => {
      if (!open) throw new KernelError('the kernel has been closed');
      return events.listen(listener);
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
