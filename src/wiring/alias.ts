import type { NetworkAttachment } from '../model/attachment.ts';

/** What a host interface's alias tells a daemon that has lost its file. */
export interface AliasFacts extends NetworkAttachment {
  readonly namespace: string;
  readonly podName: string;
}

/** IFALIASZ of linux/if.h: an alias has at most 255 bytes. */
export const ALIAS_MAX = 255;
const MARK = 'flock';

/**
 * The alias of an attachment's host interface: `flock <container id> <interface> <namespace>/<pod> <network>`. Without
 * the network it is truncated at the kernel's limit: the container id comes first, since the rest can be read
 * elsewhere. The network is included only if it fits completely: half a name would be another network's.
 */
export function formatAlias({ containerId, ifname, network, namespace, podName }: AliasFacts): string {
  const text = `${MARK} ${containerId} ${ifname} ${namespace}/${podName}`;
  const whole = `${text} ${network}`;
  if (network !== undefined && Buffer.byteLength(whole) < ALIAS_MAX) return whole;
  return Buffer.from(text, 'utf8')
    .subarray(0, ALIAS_MAX)
    .toString('utf8')
    .replace(/\ufffd+$/, '');
}

/** Reads an alias of ours, including one from a version that omitted the network; undefined for any other. */
export function parseAlias(alias: string): AliasFacts | undefined {
  const match = /^flock (\S+) (\S+) ([^\s/]+)\/(\S+)(?: ([^\s/]+))?$/.exec(alias);
  if (match === null) return undefined;
  const [, containerId = '', ifname = '', namespace = '', podName = '', network] = match;
  return { containerId, ifname, network, namespace, podName };
}
