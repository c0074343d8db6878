import type { Family } from './address.ts';

/** Prefix of the names of our host interfaces; 5 + 8 characters stay under the kernel's IFNAMSIZ of 16. */
export const HOST_INTERFACE_PREFIX = 'flock';

/** Name of the file with the announcements, in the folder of `bird.conf`. */
export const ANNOUNCEMENTS_FILE = 'flock-announcements.conf';

/** Name of the file that an operator's own `bird.conf` includes, in the folder of that file. */
export const INCLUDED_FILE = 'flock.conf';

/** Name of the static protocol with the announcements of a family. The export filters refer to it by this name. */
export function announceProtocol(family: Family): string {
  return `flock_announce${family}`;
}

/** Name of the static protocol with the summary of a family's pool. */
export function summaryProtocol(family: Family): string {
  return `flock_summary${family}`;
}

/** Whether the name of a host interface is one of ours. */
export function isHostInterfaceName(name: string): boolean {
  return /^flock[0-9a-f]{8}$/.test(name);
}

/**
 * FNV-1a, 32 bits, over the UTF-8 bytes of a text (offset basis and prime as in draft-eastlake-fnv).
 */
function fnv1a32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text, 'utf8')) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash >>> 0;
}

/**
 * The host interface names that a container may get, best first: `flock` and the hash of its container id; if a live
 * pod (or another interface of the same container) has that name, the hash of the id with a counter appended.
 */
export function* hostInterfaceNames(containerId: string): Generator<string> {
  for (let attempt = 0; attempt < 256; attempt += 1) {
    const hash = fnv1a32(attempt === 0 ? containerId : `${containerId}#${attempt}`);
    yield HOST_INTERFACE_PREFIX + hash.toString(16).padStart(8, '0');
  }
}

/** Prefix of all our annotations. */
export const ANNOTATION_PREFIX = 'flock.fritzlab.net/';
