import { readFile } from 'node:fs/promises';
import type { Namespace } from '../../lab/lab.ts';
import type { FlockNode } from '../../lab/node.ts';

/** An interface as `ip -d -j address` shows it, as far as tests look. */
export interface ShownLink {
  ifname: string;
  ifindex: number;
  link_index?: number;
  mtu: number;
  flags: string[];
  operstate: string;
  address: string;
  ifalias?: string;
  master?: string;
  addr_info: { family: string; local: string; prefixlen: number; scope: string; tentative?: boolean }[];
}

/** A route as `ip -j route` shows it. */
export interface ShownRoute {
  dst: string;
  gateway?: string;
  dev?: string;
  protocol?: string;
  scope?: string;
  prefsrc?: string;
  metric?: number;
  nhid?: number;
  flags: string[];
  nexthops?: { gateway: string; dev: string; flags: string[] }[];
}

/** `ip -j …`, parsed; an empty answer is an empty list. */
export async function ip<T>(namespace: Namespace, ...command: string[]): Promise<T[]> {
  const { stdout } = await namespace.exec(['ip', '-d', '-j', ...command]);
  return stdout.trim() === '' ? [] : (JSON.parse(stdout) as T[]);
}

/** An interface with its addresses; fails when there is none of that name. */
export async function linkOf(namespace: Namespace, name: string): Promise<ShownLink> {
  const [link] = (await ip<ShownLink>(namespace, 'address', 'show')).filter((shown) => shown.ifname === name);
  if (link === undefined) throw new Error(`${namespace.label} has no interface ${name}`);
  return link;
}

/** Addresses of an interface as `address/length scope`, tentative ones marked, sorted. */
export function addressesOf(link: ShownLink): string[] {
  return link.addr_info
    .map((info) => `${info.local}/${info.prefixlen} ${info.scope}${info.tentative === true ? ' tentative' : ''}`)
    .sort();
}

/** The main table of a family, without what the kernel puts there by itself (fe80::/64, multicast). */
export async function routesOf(namespace: Namespace, family: 4 | 6, ...filter: string[]): Promise<ShownRoute[]> {
  const routes = await ip<ShownRoute>(namespace, `-${family}`, 'route', 'show', ...filter);
  return routes.filter((route) => route.protocol !== 'kernel');
}

/** A sysctl by its path under /proc/sys. */
export async function sysctl(namespace: Namespace, path: string): Promise<string> {
  return (await namespace.exec(['cat', `/proc/sys/${path}`])).stdout.trim();
}

/** Sets a sysctl by its path under /proc/sys. */
export async function setSysctl(namespace: Namespace, path: string, value: string): Promise<void> {
  await namespace.exec(['sh', '-c', 'echo "$2" > "/proc/sys/$1"', 'sh', path, value]);
}

/** Lines of everything that a pod could leave on a host: links, addresses, routes, rules, next hops, sysctls. */
export async function hostState(namespace: Namespace): Promise<string[]> {
  const script = [
    'set -e',
    'ip -o link | cut -d: -f2',
    'ip -o address | sed "s/valid_lft.*//"',
    'ip -4 route show table all',
    'ip -6 route show table all',
    'ip -4 rule',
    'ip -6 rule',
    'ip nexthop',
    'ip neigh show nud permanent',
    // `stable_secret` cannot be read before it is set, and grep says so with its exit status.
    'cd /proc/sys/net; grep -rs . ipv4/conf ipv6/conf ipv4/ip_forward ipv4/fib_multipath_hash_policy || true',
  ].join('\n');
  const { stdout } = await namespace.exec(['sh', '-c', script]);
  // Routes that the kernel learns count down.
  return stdout.split('\n').map((line) => line.replace(/ expires \d+sec/, ''));
}

/** One allocation as the file has it. */
export interface StoredAllocation {
  container_id: string;
  ifname: string;
  netns: string;
  namespace: string;
  pod_name: string;
  owner_uid?: string;
  ip6?: string;
  ip4?: string;
  anycast: string[];
  addresses: string[];
  state: string;
  network?: string;
  host_interface: string;
}

/** The text of a node's allocations file; empty when there is none. */
export async function allocationsText(node: FlockNode): Promise<string> {
  try {
    return await readFile(node.path('state', 'allocations.json'), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** The allocations of a node's file. */
export async function allocationsOf(node: FlockNode): Promise<StoredAllocation[]> {
  const text = await allocationsText(node);
  return text === '' ? [] : (JSON.parse(text) as { allocations: StoredAllocation[] }).allocations;
}

/** What an error must not change: the host's kernel and the file. */
export async function everything(node: FlockNode): Promise<{ kernel: string[]; file: string }> {
  return { kernel: await hostState(node.namespace), file: await allocationsText(node) };
}
