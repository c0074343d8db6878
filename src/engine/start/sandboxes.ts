import { readdirSync, statSync } from 'node:fs';
import { FlockError } from '../../errors.ts';
import type { Kernel, Link, NamespaceHandle } from '../../kernel/ports.ts';
import { type Address, addressBits, familyOf } from '../../model/address.ts';

/** What a pod's own namespace says of an attachment. */
export interface SandboxFacts {
  /** A path that leads there now. */
  readonly path: string;
  readonly podMac: string;
  /** Host addresses (/32, /128) of global scope, which no kernel puts there by itself, on the attachment's interface. */
  readonly onInterface: readonly Address[];
  /** The same on `lo`. */
  readonly onLoopback: readonly Address[];
  /** What packets leave the pod from: the sources of its default routes over the interface. */
  readonly sources: readonly Address[];
}

/** The host's end of a veth, and what is known of the other end. */
export interface HostEnd {
  readonly link: Link;
  /** Name of the pod's end. */
  readonly ifname: string;
  /** The pod's own addresses as far as the host routes them. */
  readonly own: readonly Address[];
}

/**
 * Looks for the namespaces in which the other ends of veths are, in every place where runtimes keep namespaces and in
 * every process. Each namespace is entered once, however many paths lead to it.
 * @returns by index of the host's end; what cannot be found is missing.
 */
export async function findSandboxes(kernel: Kernel, ends: readonly HostEnd[]): Promise<Map<number, SandboxFacts>> {
  const found = new Map<number, SandboxFacts>();
  const seen = new Set<number>();
  for (const path of candidatePaths()) {
    if (found.size === ends.length) break;
    const inode = inodeOf(path);
    if (inode === undefined || seen.has(inode)) continue;
    seen.add(inode);
    const namespace = open(kernel, path);
    if (namespace === undefined) continue;
    try {
      await readEnds(namespace, path, ends, found);
    } finally {
      namespace.close();
    }
  }
  return found;
}

async function readEnds(
  namespace: NamespaceHandle,
  path: string,
  ends: readonly HostEnd[],
  found: Map<number, SandboxFacts>,
): Promise<void> {
  const links = new Map((await namespace.links()).map((link) => [link.name, link]));
  const loopback = links.get('lo');
  for (const { link: hostLink, ifname, own } of ends) {
    const link = links.get(ifname);
    if (link?.kind !== 'veth' || link.peerIndex !== hostLink.index || link.index !== hostLink.peerIndex) continue;
    const addresses = (await namespace.addresses()).filter(
      ({ address, prefixLength, scope }) => scope === 'global' && prefixLength === addressBits(familyOf(address)),
    );
    const on = (index: number | undefined) =>
      addresses.filter(({ linkIndex }) => linkIndex === index).map(({ address }) => address);
    const onInterface = on(link.index);
    // Two ends name each other by index only, and a container in a container can have the same numbers by chance.
    if (!own.every((address) => onInterface.includes(address))) continue;
    const ways = (await namespace.routes()).filter(
      ({ destination, linkIndex }) => destination.length === 0 && linkIndex === link.index,
    );
    const sources = ways.map((route) => route.preferredSource).filter((address) => address !== undefined);
    found.set(hostLink.index, { path, podMac: link.mac, onInterface, onLoopback: on(loopback?.index), sources });
  }
}

/** @returns undefined for what is no pod's namespace (any more): a process ended, the host's own. */
function open(kernel: Kernel, path: string): NamespaceHandle | undefined {
  try {
    return kernel.openNamespace(path);
  } catch {
    return undefined;
  }
}

/** Where runtimes keep network namespaces, the lasting ones first. */
function candidatePaths(): string[] {
  const named = ['/run/netns', '/run/docker/netns'].flatMap((folder) =>
    list(folder).map((name) => `${folder}/${name}`),
  );
  const processes = list('/proc').filter((name) => /^\d+$/.test(name));
  return [...named, ...processes.map((pid) => `/proc/${pid}/ns/net`)];
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    // Not every host has every folder.
    return [];
  }
}

/** Says whether two paths lead to the same namespace; undefined when the path leads nowhere (any more). */
function inodeOf(path: string): number | undefined {
  try {
    return statSync(path).ino;
  } catch {
    return undefined;
  }
}

/**
 * Whether a path still leads to a pod's namespace. The empty file that an unmount leaves does not, nor does the
 * `/proc/PID/ns/net` of a process that has ended.
 */
export function sandboxStands(kernel: Kernel, netns: string): boolean {
  try {
    kernel.openNamespace(netns).close();
    return true;
  } catch (error) {
    // Whatever else is wrong with it, such as a missing capability, says nothing about the sandbox.
    return !(error instanceof FlockError && error.code === 'sandboxUnknown');
  }
}
