import type { AttachmentKey } from '../model/attachment.ts';

/** What a host interface's alias tells a daemon that has lost its file. */
export interface AliasFacts extends AttachmentKey {
  readonly namespace: string;
  readonly podName: string;
}

/** IFALIASZ of linux/if.h: an alias has at most 255 bytes. */
export const ALIAS_MAX = 255;
const MARK = 'flock';

/**
 * The alias of an attachment's host interface: `flock <container id> <interface> <namespace>/<pod>`, cut at the
 * kernel's limit. The container id comes first, since the rest can be read elsewhere.
 */
export function formatAlias(facts: AliasFacts): string {
  const text = `${MARK} ${facts.containerId} ${facts.ifname} ${facts.namespace}/${facts.podName}`;
  return Buffer.from(text, 'utf8')
    .subarray(0, ALIAS_MAX)
    .toString('utf8')
    .replace(/\ufffd+$/, '');
}

/** Reads an alias of ours; undefined for any other. */
export function parseAlias(alias: string): AliasFacts | undefined {
  const match = /^flock (\S+) (\S+) ([^\s/]+)\/(\S+)$/.exec(alias);
  if (match === null) return undefined;
  const [, containerId = '', ifname = '', namespace = '', podName = ''] = match;
  return { containerId, ifname, namespace, podName };
}
