import { FlockError } from '../errors.ts';
import type { AttachmentKey } from '../model/attachment.ts';
import { quoteText } from '../model/printable.ts';
import { CNI_COMMANDS, type CniCommand } from './protocol.ts';

/** The CNI_* variables of one call, by name. */
export type CniEnvironment = ReadonlyMap<string, string>;

/** Longest name in Kubernetes (DNS-1123 subdomain), and longer than any runtime's container id. */
export const MOST_NAME_BYTES = 253;

/** Longest interface name: IFNAMSIZ of linux/if.h is 16 with the NUL. */
const MOST_INTERFACE_BYTES = 15;

/** PATH_MAX of linux/limits.h, with the NUL. */
const MOST_PATH_BYTES = 4095;

/**
 * The verb.
 * @throws FlockError `environmentInvalid`, as everything in this file does.
 */
export function parseCommand(env: CniEnvironment): CniCommand {
  const text = env.get('CNI_COMMAND');
  const command = CNI_COMMANDS.find((known) => known === text);
  if (command === undefined) throw invalid('CNI_COMMAND', text ?? '', `none of ${CNI_COMMANDS.join(', ')}`);
  return command;
}

/** Container and interface of an attachment. */
export function parseAttachment(env: CniEnvironment): AttachmentKey {
  return { containerId: parseContainerId(env), ifname: parseInterfaceName(env) };
}

/** CNI specification 1.1.0, section 2: a letter or digit, then letters, digits, `_`, `.` and `-`. */
function parseContainerId(env: CniEnvironment): string {
  const id = required(env, 'CNI_CONTAINERID');
  if (!/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/.test(id)) {
    throw invalid('CNI_CONTAINERID', id, 'not a letter or digit followed by letters, digits, "_", "." and "-"');
  }
  if (id.length > MOST_NAME_BYTES) throw invalid('CNI_CONTAINERID', id, `longer than ${MOST_NAME_BYTES} characters`);
  return id;
}

/**
 * A name that the kernel accepts (dev_valid_name of net/core/dev.c) unchanged: with `%` the kernel would insert a
 * number (dev_alloc_name). `lo` is refused, since every namespace already has it.
 */
function parseInterfaceName(env: CniEnvironment): string {
  const name = required(env, 'CNI_IFNAME');
  if (Buffer.byteLength(name) > MOST_INTERFACE_BYTES) {
    throw invalid('CNI_IFNAME', name, `longer than ${MOST_INTERFACE_BYTES} bytes`);
  }
  if (name === '.' || name === '..') throw invalid('CNI_IFNAME', name, 'not a name that the kernel accepts');
  if (name === 'lo') throw invalid('CNI_IFNAME', name, 'the loopback interface, which every namespace already has');
  if (!/^[!-~]+$/.test(name) || /[/:%]/.test(name)) {
    throw invalid('CNI_IFNAME', name, 'not printable ASCII characters without blanks, "/", ":" and "%"');
  }
  return name;
}

/** Path of the network namespace, for verbs that require it. */
export function parseNetns(env: CniEnvironment): string {
  const path = required(env, 'CNI_NETNS');
  if (!path.startsWith('/')) throw invalid('CNI_NETNS', path, 'not an absolute path');
  if (Buffer.byteLength(path) > MOST_PATH_BYTES)
    throw invalid('CNI_NETNS', path, `longer than ${MOST_PATH_BYTES} bytes`);
  // A line feed in a path could not be told from the end of a line in a log or a list.
  if (/\p{Cc}/u.test(path)) throw invalid('CNI_NETNS', path, 'a path with control characters');
  return path;
}

function required(env: CniEnvironment, key: string): string {
  const value = env.get(key);
  if (value === undefined || value === '') {
    throw new FlockError(
      'environmentInvalid',
      `${key} is ${value === undefined ? 'not set' : 'empty'}; the runtime must set it`,
    );
  }
  return value;
}

function invalid(key: string, value: string, rule: string): FlockError {
  return new FlockError('environmentInvalid', `${key} is ${quoteText(value)}: ${rule}`);
}
