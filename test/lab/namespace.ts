import { addressToBigInt, parseAddress } from '../../src/model/address.ts';
import { eventually } from './eventually.ts';
import { type CommandOptions, type CommandResult, run } from './process.ts';

/** A private network namespace of a lab. */
export interface Namespace {
  /** Its name for `ip netns`. */
  readonly name: string;
  /** The path that CNI calls `CNI_NETNS`. */
  readonly path: string;
  /** The label it was asked for with. */
  readonly label: string;
  /** Runs a command inside, see {@link run}. */
  exec(argv: readonly string[], options?: CommandOptions): Promise<CommandResult>;
}

/** The command line that runs `argv` inside a namespace. `ip netns exec` becomes the program: the process id stays. */
export function insideOf(namespace: Namespace | undefined, argv: readonly string[]): string[] {
  return namespace === undefined ? [...argv] : ['ip', 'netns', 'exec', namespace.name, ...argv];
}

/** One end of a veth pair. */
export interface End {
  namespace: Namespace;
  name: string;
  /** CIDRs to add. */
  addresses: readonly string[];
}

/**
 * Joins two namespaces with a veth pair, both ends up and every address usable at once: the given ones are added without
 * duplicate-address detection, and the kernel's link-local addresses go without it, on these two interfaces only.
 * @param aIndex interface index of the first end, to be unlike the second end's. With equal ones the kernel does not see
 * that the device is stacked on another and tells of its carrier only up to a second later (linkwatch_urgent_event in
 * net/core/link_watch.c).
 */
export async function joinNamespaces(a: End, b: End, aIndex: number): Promise<void> {
  const pair = ['type', 'veth', 'peer', 'name', b.name, 'netns', b.namespace.name];
  await run(['ip', 'link', 'add', a.name, 'index', String(aIndex), 'netns', a.namespace.name, ...pair]);
  const ends = [a, b];
  for (const end of ends) {
    const commands = end.addresses.map(
      (cidr) => `address add ${cidr} dev ${end.name}${cidr.includes(':') ? ' nodad' : ''}`,
    );
    const sysctl = `/proc/sys/net/ipv6/conf/${end.name}/accept_dad`;
    await end.namespace.exec(['sh', '-c', `echo 0 > "$1" && ip -batch -`, 'sh', sysctl], {
      stdin: [...commands, `link set dev ${end.name} up`, ''].join('\n'),
    });
  }
  for (const end of ends) {
    const groups = end.addresses.filter((cidr) => cidr.includes(':')).map(solicitedGroup);
    await eventually(async () => {
      const { stdout } = await end.namespace.exec(['cat', '/proc/net/igmp6', `/sys/class/net/${end.name}/operstate`]);
      return stdout.endsWith('up\n') && groups.every((group) => stdout.includes(group));
    }, `${end.name} in ${end.namespace.name} is up and listens for neighbours`);
  }
}

/**
 * The solicited-node multicast group of an IPv6 address (RFC 4291, 2.7.1) as 32 hex digits. The kernel joins it a moment
 * after the address is added, and a neighbour that asks before that asks again only after a second.
 */
function solicitedGroup(cidr: string): string {
  const address = parseAddress(cidr.split('/')[0] ?? '');
  if (address === undefined) throw new Error(`not an address with a prefix length: ${cidr}`);
  const last24Bits = addressToBigInt(address) & 0xffffffn;
  return `ff0200000000000000000001ff${last24Bits.toString(16).padStart(6, '0')}`;
}
